"""Entry of the process that scores: python -m taskfusion.serve.worker FILE_DESCRIPTOR SERVER_PID SETTINGS."""

import signal
import socket
import sys

from taskfusion.base.errors import TaskfusionError
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.bond import end_with
from taskfusion.serve.worker.collector import collect_rarely
from taskfusion.serve.worker.message import STARTED, Call, Reply
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.settings import Started, WorkerSettings


def main(arguments: list[str]) -> None:
    """Load, say so, and answer calls until the server closes the socket; stopping is the server's business alone."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    end_with(int(arguments[1]))
    connection = socket.socket(fileno=int(arguments[0]))
    settings = WorkerSettings.model_validate_json(arguments[2])
    try:
        answerer = Answerer(settings)
        started = answerer.started
        collect_rarely()
    except (TaskfusionError, RefusedError, OSError) as error:
        answerer = None
        nothing = Started(
            bundle="", features=[], tasks=[], ordered_by={}, items=None, item_id=None, priors={}, error=str(error)
        )
        started = nothing
    connection.sendall(Reply(STARTED, 200, 0, 0.0, started.model_dump_json().encode()).packed())
    stream = connection.makefile("rb", buffering=1 << 16)
    while answerer is not None and (call := Call.read(stream)) is not None:
        connection.sendall(answerer.reply(call).packed())


if __name__ == "__main__":
    main(sys.argv[1:])
