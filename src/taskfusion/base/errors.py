"""What taskfusion raises when it is a person who has to act.

Every message is one sentence that names what was expected, what was found, and what to do.
The command line prints the message and exits with code 2; other exceptions are defects of ours.
"""

from typing import Final
from unicodedata import category


class TaskfusionError(Exception):
    """Base of all errors meant for the user; on one line, whatever the names in it hold."""

    def __str__(self) -> str:
        return "".join(repr(c)[1:-1] if category(c) in _UNSHOWN else c for c in super().__str__())


_UNSHOWN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Line breaks, and what terminals do not show but obey."""


class ExperimentError(TaskfusionError):
    """The experiment file, or an argument that stands for a part of it, is not usable."""


class DataError(TaskfusionError):
    """A table is missing, unreadable, or does not hold what the experiment says."""


class RunError(TaskfusionError):
    """A run directory is missing, incomplete, already taken, or of another version."""


class InterruptedTrainingError(TaskfusionError):
    """Training was asked to stop; a resume point is written."""


class StorageError(TaskfusionError):
    """A file or directory cannot be written: its disk is full, or its place is closed to us."""
