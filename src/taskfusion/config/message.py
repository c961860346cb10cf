"""What is wrong with the content of an experiment file, as one sentence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from taskfusion.base.nearest import did_you_mean
from taskfusion.config.rename import renamed
from taskfusion.config.setting import settings_called, settings_like, specs_of
from taskfusion.schema.spec import Spec


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
    others = [name for name in faults if not _is_inside(name, where) and not _is_inside(where, name)]
    more = f" (and {len(others)} more at fault)" if others else ""
    if mistyped is not None:
        location = at_fault[0]["loc"]
        unknown = f"'{where}' is not a known key{_meant(str(location[-1]), _keys_at(whole, location[:-1]), whole)}"
        return f"{renamed(where) or unknown}{more}"
    first, *kinds = dict.fromkeys(map(_expected, at_fault))  # several, where one of several kinds of value would do
    alternatives = "".join(f" or {kind.removeprefix('should be ')}" for kind in kinds)
    return f"{where + ': ' if where else ''}{first}{alternatives}{_found(at_fault[0])}{more}"


def _is_inside(place: str, other: str) -> bool:
    """Whether a place of the file is a part of another, so that its fault is the same."""
    return place.startswith(f"{other}.")


def _path(location: Sequence[int | str], content: Any) -> Iterator[str]:  # noqa: ANN401  whatever the file holds
    """The keys that lead to a place, with the name of an entry of a list where it has one, else its number; kinds of
    entries and of values, which pydantic names too, are left out.
    """
    for part in location:
        if isinstance(part, int):
            content = content[part] if isinstance(content, list | tuple) else None
            name = content.get("name") if isinstance(content, Mapping) else None
            yield _short(name) if isinstance(name, str) else str(part + 1)
        elif isinstance(content, Mapping) and (part in content or part != content.get("kind")):
            content = content.get(part)
            yield _short(part)


def _short(text: str) -> str:
    """A text on one line, its beginning where it is long."""
    shown = text if text.isprintable() else repr(text)[1:-1]
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}..."


_SHOWN_CHARACTERS: Final = 80
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
    "too_long": "should hold at most {max_length:,}",
    "string_too_short": "should have at least {min_length:,} characters",
    "string_too_long": "should have at most {max_length:,} characters",
    "string_unicode": "should be a text of whole characters",
    "finite_number": "should be a finite number",
    "int_parsing_size": "should be a whole number of less than 4,300 digits",
    "greater_than": "should be above {gt:,}",
    "greater_than_equal": "should be at least {ge:,}",
    "less_than": "should be below {lt:,}",
    "less_than_equal": "should be at most {le:,}",
    "literal_error": "should be {expected}",
    "union_tag_not_found": "its kind is missing",
    "union_tag_invalid": "its kind should be {expected_tags}",
}
"""In our words what pydantic expected, by the type of the fault."""


def _expected(fault: ErrorDetails) -> str:
    known = _EXPECTED.get(fault["type"])
    if known is not None:
        return known.format(**{name: _number(value) for name, value in fault.get("ctx", {}).items()})
    message = fault["msg"].removeprefix("Value error, ")
    return message if message[:2].isupper() else message[:1].lower() + message[1:]


def _number(value: object) -> object:
    """A bound as people write it; formats of other values stay theirs."""
    return value if not isinstance(value, float) else int(value) if value.is_integer() and abs(value) < 1e15 else value


def _found(fault: ErrorDetails) -> str:
    """What was found, where it is short, and what was perhaps meant."""
    context = fault.get("ctx", {})
    found = context.get("tag", fault.get("input"))
    if not isinstance(found, str | int | float | bool):
        return ""
    choices = re.findall("'([^']+)'", str(context.get("expected", context.get("expected_tags", ""))))
    meant = did_you_mean(found, choices) if isinstance(found, str) and len(found) <= _SHOWN_CHARACTERS else ""
    return f", found {_shown(found)}{meant}"


def _shown(found: str | float) -> str:
    """A value, its beginning where it is long."""
    if isinstance(found, int) and found.bit_length() > 256:
        return "a longer number"
    return _short(repr(found[: _SHOWN_CHARACTERS + 1] if isinstance(found, str) else found))


def _meant(key: str, beside: Sequence[str], whole: type[Spec]) -> str:
    """The end of a sentence that offers settings of this very name in other sections, else the nearest key beside it,
    else settings of a name near to it.
    """
    offered = settings_called(key, whole)
    if not offered:
        offered = get_close_matches(key, beside, n=1) or settings_like(key, whole)
    return f"; did you mean {' or '.join(map(repr, offered))}?" if offered else ""


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
        below = [spec for annotation in fields for spec in specs_of(annotation)]
        members = of_kind or below or members  # a name of the user's own, such as that of a range, leads nowhere new
    return [key for member in members for key in member.model_fields]
