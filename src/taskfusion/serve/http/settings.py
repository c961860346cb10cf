"""How a bundle is served."""

from dataclasses import dataclass, field
from pathlib import Path

from taskfusion.config.routes import Routes
from taskfusion.serve.router.state_file import StateFile
from taskfusion.serve.worker.settings import CommonSettings


@dataclass(frozen=True)
class ServeSettings:
    """How a bundle is served.

    Attributes:
        routes: who answers.
        common: what processes of all models are started with.
        host: address that is listened at.
        port: of requests; 0: any that is free.
        admin_port: of metrics and probes; 0: any that is free.
        token_file: whose first line callers have to know; None: nobody is asked.
        previous: routes that were in force before, to which a rollback goes; None: there are none.
        queue: calls that may wait or be worked on, per model.
        state: where changes of the routes are kept; None: nowhere.
        most_bytes: of a body.
        log_requests: whether each request is logged.
    """

    routes: Routes
    common: CommonSettings = field(default_factory=CommonSettings)
    host: str = "127.0.0.1"
    port: int = 8000
    admin_port: int = 8001
    token_file: Path | None = None
    previous: Routes | None = None
    queue: int = 64
    state: StateFile | None = None
    most_bytes: int = 4_000_000
    log_requests: bool = False
