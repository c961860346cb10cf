"""Lists of names in sentences."""

from collections.abc import Sequence
from typing import Final

from taskfusion.report.language import _, spoken

_NAMED: Final = 4
"""Names of a list before "and N more"."""


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: a, b and c."""
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return _("{first} and {last}", first=names[0], last=names[1])
    comma = _(", ")
    if len(names) > _NAMED:
        return _("{names} and {count} more", names=comma.join(names[:_NAMED]), count=len(names) - _NAMED)
    return _("{names} and {last}", names=comma.join(names[:-1]), last=names[-1])


def capital(text: str) -> str:
    """A text as a sentence begins, where the language begins it with a capital letter."""
    return f"{text[:1].upper()}{text[1:]}" if spoken() == "en" else text


def verb(names: Sequence[str], one: str, many: str) -> str:
    """The form of a verb that goes with so many names."""
    return one if len(names) == 1 else many
