"""How a bundle is served."""

from dataclasses import dataclass
from pathlib import Path

from taskfusion.serve.worker.settings import WorkerSettings


@dataclass(frozen=True)
class ServeSettings:
    """How a bundle is served.

    Attributes:
        worker: what processes that score are started with.
        host: address that is listened at.
        port: of requests; 0: any that is free.
        admin_port: of metrics and probes; 0: any that is free.
        token_file: whose first line callers have to know; None: nobody is asked.
        workers: processes that score.
        queue: calls that may wait or be worked on, in all.
        deadline_seconds: that a call may wait, and may then be worked on.
        most_bytes: of a body.
        log_requests: whether each request is logged.
    """

    worker: WorkerSettings
    host: str = "127.0.0.1"
    port: int = 8000
    admin_port: int = 8001
    token_file: Path | None = None
    workers: int = 1
    queue: int = 64
    deadline_seconds: float = 2.0
    most_bytes: int = 4_000_000
    log_requests: bool = False
