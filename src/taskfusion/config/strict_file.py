"""Small YAML files beside the experiment: what KPIs mean, who answers requests; as strict as the experiment file."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import nearest_path
from taskfusion.config.message import validation_sentence
from taskfusion.config.yaml_text import load_yaml
from taskfusion.schema.spec import Spec

S = TypeVar("S", bound=Spec)


def read_strict(path: Path, kind: type[S], what: str, advice: str) -> S:
    """Read a file.

    Args:
        path: of the file.
        kind: of its content.
        what: it is called in messages.
        advice: what to do where there is none.

    Raises:
        ExperimentError: the file is missing, is not YAML, or holds something unknown or unfit.
    """
    try:
        content = load_yaml(path.read_text(encoding="utf-8"), f"'{path}'")
    except (OSError, UnicodeDecodeError) as error:
        raise ExperimentError(f"no {what} can be read at '{path}'{nearest_path(path) or f'; {advice}'}") from error
    return parse_strict(content, kind, str(path))


def parse_strict(content: object, kind: type[S], where: str) -> S:
    """The content of a file.

    Args:
        content: as YAML or JSON gives it.
        kind: what it should be.
        where: it comes from.

    Raises:
        ExperimentError: it holds something unknown or unfit.
    """
    if not isinstance(content, dict):
        keys = "key" if len(kind.model_fields) == 1 else "keys"
        raise ExperimentError(
            f"'{where}' should hold the {keys} {', '.join(kind.model_fields)}, but holds no keys at all"
        )
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise ExperimentError(f"{where}: {validation_sentence(error, kind, content)}") from error
