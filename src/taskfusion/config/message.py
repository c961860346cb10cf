"""Reading an experiment file strictly, and what is wrong with it as one sentence."""

import difflib
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from taskfusion.config.rename import renamed
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


def validation_sentence(error: ValidationError, whole: type[Spec], content: Mapping[str, Any]) -> str:
    """The first fault as one sentence: where, what was expected, what was found; a mistyped key goes before others.

    Args:
        error: what pydantic found.
        whole: the part of the file that was checked.
        content: the file's, by whose names the entries of lists are called.
    """
    faults: dict[str, list[ErrorDetails]] = {}
    for fault in error.errors(include_url=False):
        faults.setdefault(".".join(_path(fault["loc"], content)), []).append(fault)
    mistyped = next((where for where, found in faults.items() if found[0]["type"] == "extra_forbidden"), None)
    where = mistyped or next(iter(faults))
    at_fault = faults.pop(where)
    more = f" (and {len(faults)} more at fault)" if faults else ""
    if mistyped is not None:
        location = at_fault[0]["loc"]
        unknown = f"'{where}' is not a known key{_nearest(str(location[-1]), _keys_at(whole, location[:-1]))}"
        return f"{renamed(where) or unknown}{more}"
    first, *others = dict.fromkeys(map(_expected, at_fault))  # several, where one of several kinds of value would do
    alternatives = "".join(f" or {other.removeprefix('should be ')}" for other in others)
    return f"{where + ': ' if where else ''}{first}{alternatives}{_found(at_fault[0])}{more}"


def _path(location: Sequence[int | str], content: Any) -> Iterator[str]:  # noqa: ANN401  whatever the file holds
    """The keys that lead to a place, with the name of an entry of a list where it has one, else its number; kinds of
    entries and of values, which pydantic names too, are left out.
    """
    for part in location:
        if isinstance(part, int):
            content = content[part] if isinstance(content, list | tuple) else None
            name = content.get("name") if isinstance(content, Mapping) else None
            yield name if isinstance(name, str) else str(part + 1)
        elif isinstance(content, Mapping) and (part in content or part != content.get("kind")):
            content = content.get(part)
            yield part


_EXPECTED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "should be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "should be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "should be true or false"),
    **dict.fromkeys(("tuple_type", "list_type"), "should be a list"),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "mapping_type"), "should hold keys"),
    "string_type": "should be a text",
    "string_pattern_mismatch": "should be a name of letters, digits, '_', '.' and '-'",
    "missing": "it is missing",
    "too_short": "should hold at least {min_length}",
    "greater_than": "should be above {gt:g}",
    "greater_than_equal": "should be at least {ge:g}",
    "less_than": "should be below {lt:g}",
    "less_than_equal": "should be at most {le:g}",
    "literal_error": "should be {expected}",
    "union_tag_not_found": "its kind is missing",
    "union_tag_invalid": "its kind should be {expected_tags}",
}
"""In our words what pydantic expected, by the type of the fault."""


def _expected(fault: ErrorDetails) -> str:
    known = _EXPECTED.get(fault["type"])
    if known is not None:
        return known.format(**fault.get("ctx", {}))
    message = fault["msg"].removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _found(fault: ErrorDetails) -> str:
    """What was found, where it is short, and what was perhaps meant."""
    context = fault.get("ctx", {})
    found = context.get("tag", fault.get("input"))
    if not isinstance(found, str | int | float | bool):
        return ""
    choices = re.findall("'([^']+)'", str(context.get("expected", context.get("expected_tags", ""))))
    return f", found {found!r}{_nearest(str(found), choices)}"


def _nearest(found: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(found, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


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
