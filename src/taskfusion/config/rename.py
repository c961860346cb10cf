"""Names of settings and methods that were renamed, so that an old name is answered with the new one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Rename:
    """The new name, and the version that brought it."""

    name: str
    since: str


RENAMED: Final[Mapping[str, Rename]] = MappingProxyType(
    {
        "single-task-untaught": Rename("single-task-undistilled", "0.2.0"),
    }
)
"""By the old name: of a setting its dotted name, such as training.epochs, or the name of a method."""


def renamed(name: str, known: Mapping[str, Rename] = RENAMED) -> str | None:
    """The sentence that gives the new name; None where the name was never another's.

    Args:
        name: of a setting or a method.
        known: by the old name.
    """
    new = known.get(name)
    return None if new is None else f"'{name}' is called '{new.name}' since taskfusion {new.since}; use that name"
