"""A bundle behind HTTP."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskfusion.base.extra import require_extra
from taskfusion.cli.arguments import AsJson
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, out, print_json

if TYPE_CHECKING:
    from taskfusion.serve.http.service import Service


Bundle = Annotated[Path, typer.Argument(help="Directory made by taskfusion export.", show_default=False)]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of requests; 0: any that is free.")]
AdminPort = Annotated[int, typer.Option(min=0, max=65535, help="Port of metrics and probes; 0: any that is free.")]
Host = Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0: all of this machine.")]
Items = Annotated[
    Path | None,
    typer.Option(help="Catalogue, or table, of items; candidates can then be named by their ids."),
]
ItemId = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Ids in --items; left out: the first categorical feature of items."),
]
Score = Annotated[
    str | None,
    typer.Option(
        metavar="SUM",
        help="Order by a sum: '0.7*like + 0.3*click'; left out: as export --score said, or by the first prediction.",
    ),
]
Name = Annotated[str, typer.Option(help="Name of the model in the Open Inference Protocol.")]
TokenFile = Annotated[
    Path | None, typer.Option(help="File whose first line callers give as Bearer token; left out: nobody is asked.")
]
Workers = Annotated[int, typer.Option(min=1, max=256, help="Processes that score.")]
Queue = Annotated[int, typer.Option(min=1, max=100_000, help="Requests that may wait; others get 429.")]
Deadline = Annotated[
    float, typer.Option(min=0.01, max=600, metavar="SECONDS", help="That a request may wait, and may then take.")
]
MostCandidates = Annotated[int, typer.Option(min=1, max=1_000_000, help="Candidates of a request.")]
MostBytes = Annotated[int, typer.Option(min=1, max=1 << 30, help="Bytes of a body.")]
LogRequests = Annotated[bool, typer.Option("--log-requests", metavar="", help="Log every request.")]


@command
def serve(
    bundle: Bundle,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    admin_port: AdminPort = 8001,
    items: Items = None,
    item_id: ItemId = None,
    score: Score = None,
    name: Name = "ranker",
    token_file: TokenFile = None,
    workers: Workers = 1,
    queue: Queue = 64,
    deadline: Deadline = 2.0,
    most_candidates: MostCandidates = 2000,
    most_bytes: MostBytes = 4_000_000,
    log_requests: LogRequests = False,
    as_json: AsJson = False,
) -> None:
    """Answer ranking requests over HTTP with an exported model, until SIGTERM or Ctrl-C."""
    require_extra("serve")
    with loading():
        from taskfusion.serve.http.server import run
        from taskfusion.serve.http.settings import ServeSettings
        from taskfusion.serve.worker.settings import WorkerSettings
    settings = ServeSettings(
        worker=WorkerSettings(
            bundle=str(bundle),
            items=None if items is None else str(items),
            item_id=item_id,
            score=score,
            name=name,
            most_candidates=most_candidates,
        ),
        host=host,
        port=port,
        admin_port=admin_port,
        token_file=token_file,
        workers=workers,
        queue=queue,
        deadline_seconds=deadline,
        most_bytes=most_bytes,
        log_requests=log_requests,
    )
    run(settings, _say_as_json if as_json else _say)


def _say(service: "Service") -> None:
    settings = service.settings
    url = f"http://{settings.host}:{settings.port}"
    out.print(f"serving {settings.worker.bundle} at {url}, metrics at port {settings.admin_port}", soft_wrap=True)


def _say_as_json(service: "Service") -> None:
    settings = service.settings
    print_json(
        {
            "bundle": service.started.bundle,
            "host": settings.host,
            "port": settings.port,
            "admin_port": settings.admin_port,
            "workers": [worker.pid for worker in service.pool.workers],
        }
    )
    sys.stdout.flush()
