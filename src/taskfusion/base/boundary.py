"""One boundary around all readers of our files: whatever they raise becomes one sentence with the file's name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from taskfusion.base.errors import RunError, TaskfusionError

AGAIN: Final = "copy the whole directory again, use the version of taskfusion that wrote it, or make it again"


@contextmanager
def reading(path: Path, expected: str, advice: str = AGAIN) -> Iterator[None]:
    """Read a file that we wrote; readers raise what they like, and Polars panics with a BaseException.

    Args:
        path: the file, or the directory.
        expected: what it should be, such as "a file of weights".
        advice: what to do where it cannot be read.

    Raises:
        RunError: the block raised anything but an error meant for the user or the wish to stop.
    """
    try:
        yield
    except (TaskfusionError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
        raise unreadable(path, expected, reason, advice) from error


def unreadable(path: Path, expected: str, reason: str, advice: str = AGAIN) -> RunError:
    """The error to raise for a file that is not what it should be."""
    words = " ".join(reason.split())
    shown = words if len(words) <= _LONGEST else f"{words[:_LONGEST]} ..."
    return RunError(f"'{path}' should be {expected}, but cannot be read ({shown}); {advice}")


_LONGEST: Final = 300  # characters of a reader's own words
