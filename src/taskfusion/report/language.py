"""Pages in other languages: words are written in English where they are shown, and translated as they are drawn.

The habits are gettext's: the English text is the key, and a text without a translation stays English. Translations
stand in locale/LANGUAGE/*.po, one file per group of pages. A sentence is one message with {names} for what changes
in it, since other languages have another order; plural forms are two messages of which the code takes one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Final, Literal, get_args

Language = Literal["en", "ja"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
"""Languages of pages; the first is that of the keys."""

_SPOKEN: Final[ContextVar[Language]] = ContextVar("language of pages", default="en")


def spoken() -> Language:
    """The language of pages that are drawn now."""
    return _SPOKEN.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Pages that are drawn inside are in this language; what commands print is drawn outside, and is English."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def _(english: str, /, **values: object) -> str:
    """A text in the language of the page.

    Args:
        english: the text, or a constant that N_ marked; with {names} where there are values.
        values: by name, what stands in place of {name}; without any, braces are just text.
    """
    text = translations(spoken()).get(english, english)
    return text.format(**values) if values else text


def N_(english: str) -> str:  # noqa: N802  the name that gettext's tools know
    """Mark a constant as a text that _ translates where it is shown."""
    return english


@cache
def translations(language: Language) -> Mapping[str, str]:
    """All texts that have a translation, by the English text."""
    if language == LANGUAGES[0]:
        return {}
    from babel.messages.pofile import read_po

    found: dict[str, str] = {}
    for file in sorted((files("taskfusion.report") / "locale" / language).iterdir(), key=lambda one: one.name):
        with file.open("rb") as content:
            found |= {str(one.id): str(one.string) for one in read_po(content) if one.id and one.string}
    return found
