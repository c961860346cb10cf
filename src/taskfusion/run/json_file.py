"""JSON files of a run directory, and what to do where one is damaged."""

import json
from pathlib import Path
from typing import Any

from taskfusion.base.errors import RunError


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        RunError: it is missing or not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(path, error) from error


def from_json(path: Path, text: str) -> Any:  # noqa: ANN401  whatever json gives
    """What a text of a file says.

    Raises:
        RunError: it is not JSON.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise damaged(path, error) from error


def read_object(path: Path, keys: tuple[str, ...]) -> dict[str, Any]:
    """A JSON object that must have these keys.

    Raises:
        RunError: the file is missing or holds something else.
    """
    content = from_json(path, read_text(path))
    if not isinstance(content, dict):
        raise damaged(path, "it holds no keys")
    missing = [key for key in keys if key not in content]
    if missing:
        raise damaged(path, f"it lacks {', '.join(missing)}")
    return content


def damaged(path: Path, reason: object) -> RunError:
    """The error to raise for a file that cannot be read, for the reason."""
    words = " ".join(str(reason).split())
    return RunError(
        f"'{path}' should be a file of a run as this version of taskfusion writes it, but cannot be read ({words}); "
        f"copy the whole directory again, use the version that wrote it, or train again"
    )
