"""Ctrl-C and termination as a request that is honoured between two steps."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """While entered, the first SIGINT or SIGTERM sets `made`; a second SIGINT interrupts at once.

    Outside the main thread Python allows no handlers; there `made` stays False.

    Args:
        on_request: called once, from the signal handler, when the request is made.
    """

    def __init__(self, on_request: Callable[[], None]) -> None:
        self.made = False
        self._on_request = on_request
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._handle) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.made and number == signal.SIGINT:
            raise KeyboardInterrupt
        if not self.made:
            self.made = True
            self._on_request()
