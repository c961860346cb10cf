"""What was perhaps meant by a name that is not known."""

from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that offers the nearest of the known names; empty where none is near."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def nearest_path(path: Path) -> str:
    """As did_you_mean, for a path of nothing: what lies in its folder by a name near to its own; empty where it is
    there, and something else than was looked for.
    """
    with suppress(OSError):
        if path.exists():
            return ""
        near = get_close_matches(path.name, [one.name for one in path.parent.iterdir()], n=1)
        return "".join(f"; did you mean '{path.with_name(name)}'?" for name in near)
    return ""
