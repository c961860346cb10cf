"""The command line: thin commands over taskfusion.pipeline and taskfusion.study."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

STOPPED = "error: stopped"
INTERRUPTED = 130


def main() -> None:
    """Entry point; Ctrl-C is no traceback, not even while torch is loaded."""
    app = _load()
    try:
        app()
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        sys.exit(INTERRUPTED)


def _load() -> Callable[[], object]:
    """The application, whose modules take seconds to load; an exception in the midst of that would come out of some as
    another one, and nothing is begun yet, so Ctrl-C ends the process.
    """
    handled = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a shell may have it ignored
    if handled:
        signal.signal(signal.SIGINT, _end)
    from taskfusion.cli.app import app

    if handled:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return app


def _end(number: int, frame: FrameType | None) -> None:
    with suppress(OSError):
        os.write(2, f"{STOPPED}\n".encode())
    os._exit(INTERRUPTED)
