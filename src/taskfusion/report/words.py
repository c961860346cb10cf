"""Lists of names in sentences."""

from collections.abc import Sequence
from typing import Final

from taskfusion.report.language import _, spoken

_NAMED: Final = 4
"""Names of a list before "and N more"."""


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: a, b and c; of many, the first ones and how many more there are."""
    if len(names) <= _NAMED:
        return joined(names)
    return _("{names} and {count} more", names=_(", ").join(names[:_NAMED]), count=len(names) - _NAMED)


def joined(parts: Sequence[str]) -> str:
    """All parts as a sentence has them: a, b and c."""
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        return _("{first} and {last}", first=parts[0], last=parts[1])
    return _("{names} and {last}", names=_(", ").join(parts[:-1]), last=parts[-1])


def capital(text: str) -> str:
    """A text as a sentence begins, where the language begins it with a capital letter."""
    return f"{text[:1].upper()}{text[1:]}" if spoken() == "en" else text


def paragraph(sentences: Sequence[str]) -> str:
    """Sentences one after the other."""
    return (" " if spoken() == "en" else "").join(sentences)
