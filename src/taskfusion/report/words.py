"""Lists of names in sentences."""

from collections.abc import Sequence
from typing import Final

_NAMED: Final = 4
"""Names of a list before "and N more"."""


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: a, b and c."""
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        shown.append(f"{len(names) - _NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def verb(names: Sequence[str], one: str, many: str) -> str:
    """The form of a verb that goes with so many names."""
    return one if len(names) == 1 else many
