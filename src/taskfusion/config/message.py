"""Reading an experiment file strictly, and what is wrong with it as one sentence."""

import difflib
from collections.abc import Hashable
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from taskfusion.schema.spec import Spec


class _StrictLoader(yaml.SafeLoader):
    """YAML without the silent loss of a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for place, key in enumerate(keys) if key in keys[:place]), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(
                problem=f"the key '{twice}' stands twice", problem_mark=node.start_mark
            )
        return super().construct_mapping(node, deep=deep)


def load_yaml(text: str) -> Any:  # noqa: ANN401  whatever the file holds
    """Content of a YAML text.

    Raises:
        yaml.YAMLError: the text is no YAML, or a key stands twice.
    """
    return yaml.load(text, Loader=_StrictLoader)


def validation_sentence(error: ValidationError, whole: type[Spec]) -> str:
    """The first fault as one sentence: where, what was expected, what was found; a mistyped key goes before others.

    Args:
        error: what pydantic found.
        whole: the part of the file that was checked.
    """
    faults = error.errors(include_url=False)
    fault = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    location = fault["loc"]
    where = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in location)
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), _keys_at(whole, location[:-1]), n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        return f"'{where}' is not a known key{hint}{more}"
    message = fault["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    found = fault.get("input")
    said = f", found {found!r}" if isinstance(found, str | int | float | bool) else ""
    return f"{where + ': ' if where else ''}{message}{said}{more}"


def _keys_at(part: type[Spec], location: tuple[int | str, ...]) -> list[str]:
    """Keys that the part of the file at a location may have; the location names keys, list places and kinds."""
    members = [part]
    for name in location:
        if isinstance(name, int):
            continue
        of_kind = [
            m for m in members if "kind" in m.model_fields and name in get_args(m.model_fields["kind"].annotation)
        ]
        fields = [m.model_fields[name].annotation for m in members if name in m.model_fields]
        below = [spec for annotation in fields for spec in _specs(annotation)]
        members = of_kind or below or members  # a name of the user's own, such as that of a range, leads nowhere new
    return [key for member in members for key in member.model_fields]


def _kinds(part: type[Spec]) -> tuple[str, ...]:
    field = part.model_fields.get("kind")
    return get_args(field.annotation) if field is not None else ()


def _specs(annotation: Any) -> list[type[Spec]]:  # noqa: ANN401  a typing construct has no narrower type
    """The parts of the file that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return [annotation]
    return [spec for argument in get_args(annotation) for spec in _specs(argument)]
