"""The imports of a command, which take seconds: they stand in its body, so that --help and completion do without."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

STOPPED: Final = "error: stopped"
INTERRUPTED: Final = 130


@contextmanager
def loading() -> Iterator[None]:
    """While modules are loaded, Ctrl-C ends the process: an exception in the midst of that would come out of some of
    them as another one, and nothing is begun yet.
    """
    handled = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a shell may have it ignored
    if handled:
        signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        if handled:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(number: int, frame: FrameType | None) -> None:
    with suppress(OSError):
        os.write(2, f"{STOPPED}\n".encode())
    os._exit(INTERRUPTED)
