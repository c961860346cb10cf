"""Runs the server: processes that score, two ports, signals, and an end that waits for requests in flight."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from taskfusion.base.errors import ExperimentError
from taskfusion.serve.http.app import admin_app, public_app
from taskfusion.serve.http.connection import Connection
from taskfusion.serve.http.limits import read_token
from taskfusion.serve.http.log import Log
from taskfusion.serve.http.metrics import Metrics
from taskfusion.serve.http.service import Service
from taskfusion.serve.http.settings import ServeSettings
from taskfusion.serve.router.dispatch import Dispatch
from taskfusion.serve.router.fleet import Fleet
from taskfusion.serve.worker.collector import collect_rarely

if TYPE_CHECKING:
    from taskfusion.serve.http.decisions import Recorder

DRAIN_SECONDS: Final = 30
"""That requests in flight have to finish in."""

KEEP_ALIVE_SECONDS: Final = 75
"""That a connection may idle: longer than load balancers keep one, so that none is closed as a request comes."""

_BACKLOG: Final = 2048


def run(settings: ServeSettings, on_ready: Callable[[Service], None]) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are answered.

    Args:
        settings: how.
        on_ready: called once when requests are taken, with the ports that were chosen.

    Raises:
        RunError: the bundle or the token cannot be read.
        ExperimentError: a port cannot be used, or a setting is not usable.
    """
    loop_factory = uvicorn.Config(Starlette()).get_loop_factory()
    with (
        _listening(settings.host, settings.port, "--port") as public,
        _listening(settings.host, settings.admin_port, "--admin-port") as admin,
        asyncio.Runner(loop_factory=loop_factory) as runner,
    ):
        ports = replace(settings, port=public.getsockname()[1], admin_port=admin.getsockname()[1])
        runner.run(_serve(ports, public, admin, on_ready))


async def _serve(
    settings: ServeSettings, public: socket.socket, admin: socket.socket, on_ready: Callable[[Service], None]
) -> None:
    log = Log()
    token = None if settings.token_file is None else read_token(settings.token_file)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with _recorder(settings, log) as recorder:
        fleet = Fleet(settings.common, settings.queue, log.tell, settings.state)
        starting = asyncio.ensure_future(fleet.start(settings.routes, settings.previous))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            return
        starting.result()
        dispatch = Dispatch(fleet, settings.common.most_candidates, recorder)
        counts = None if recorder is None else recorder.counts
        service = Service(settings, dispatch, Metrics(counts), log, token)
        await _answer(service, public, admin, stopping, on_ready)
    log.tell("ended")


async def _answer(
    service: Service,
    public: socket.socket,
    admin: socket.socket,
    stopping: "asyncio.Future[Any]",
    on_ready: Callable[[Service], None],
) -> None:
    """Answer requests until the future is done, and then those that are in flight."""
    log, fleet, settings = service.log, service.fleet, service.settings
    servers = [_Server(public_app(service)), _Server(admin_app(service))]
    running = [asyncio.ensure_future(one.serve([sock])) for one, sock in zip(servers, (public, admin), strict=True)]
    try:
        while not all(server.started for server in servers):
            await asyncio.sleep(0.001)
        collect_rarely()
        log.tell("ready", bundle=service.started.bundle, port=settings.port, admin_port=settings.admin_port)
        on_ready(service)
        await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        service.is_draining = True
        log.tell("draining", calls_in_flight=fleet.num_pending)
        for server, task in zip(servers, running, strict=True):
            server.should_exit = True
            await task
        await fleet.close()


@contextlib.asynccontextmanager
async def _recorder(settings: ServeSettings, log: Log) -> "AsyncIterator[Recorder | None]":
    """What writes the decision log, whose files are whole and Parquet in the end; None where the routes want none.

    Raises:
        StorageError: its directory cannot be written to.
    """
    chosen = settings.routes.decisions
    if chosen is None:
        yield None
        return
    from taskfusion.serve.http.decisions import Recorder  # loads Arrow, 50 MB that other servers can do without

    source = f"{socket.gethostname()}:{settings.port}"
    recorder = Recorder(chosen, source, log)
    try:
        yield recorder
    finally:
        await asyncio.to_thread(recorder.close)


class _Server(uvicorn.Server):
    """Signals are handled for both ports together."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                lifespan="off",
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _listening(host: str, port: int, option: str) -> Iterator[socket.socket]:
    """A socket that listens.

    Raises:
        ExperimentError: the port or the host cannot be used.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        found = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise ExperimentError(
            f"{host}:{port} cannot be listened at ({reason}); choose another with {option}"
        ) from error
    with found:
        yield found
