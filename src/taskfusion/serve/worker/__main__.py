"""Entry of the process that scores: python -m taskfusion.serve.worker FILE_DESCRIPTOR SERVER_PID SETTINGS."""

import os
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from taskfusion.serve.worker.bond import end_with
from taskfusion.serve.worker.message import STARTED, Call, Reply

if TYPE_CHECKING:
    from taskfusion.serve.worker.answerer import Answerer
    from taskfusion.serve.worker.settings import Started

_LATER: Final = 5
"""Niceness of what loads: a model that is loaded has a third of the weight of one that answers on the same core."""


def main(arguments: list[str]) -> None:
    """Load, say so, and answer calls until the server closes the socket; stopping is the server's business alone."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    end_with(int(arguments[1]))
    connection = socket.socket(fileno=int(arguments[0]))
    with ThreadPoolExecutor(1) as loader:
        answerer, started = loader.submit(_loaded, arguments[2]).result()
    connection.sendall(Reply(STARTED, 200, 0, 0.0, started.model_dump_json().encode()).packed())
    stream = connection.makefile("rb", buffering=1 << 16)
    while answerer is not None and (call := Call.read(stream)) is not None:
        connection.sendall(answerer.reply(call).packed())


def _loaded(settings: str) -> "tuple[Answerer | None, Started]":
    """What answers calls and what it says of itself; None where it cannot begin.

    It is loaded in a thread of its own, libraries included: on Linux a thread is nice by itself, and for good.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + _LATER)
    from taskfusion.base.errors import TaskfusionError
    from taskfusion.serve.worker.answerer import Answerer
    from taskfusion.serve.worker.collector import collect_rarely
    from taskfusion.serve.worker.refusal import RefusedError
    from taskfusion.serve.worker.settings import WorkerSettings, not_started

    try:
        answerer = Answerer(WorkerSettings.model_validate_json(settings))
        started = answerer.started
        collect_rarely()
    except (TaskfusionError, RefusedError, OSError) as error:
        return None, not_started(str(error))
    return answerer, started


if __name__ == "__main__":
    main(sys.argv[1:])
