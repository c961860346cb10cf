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


@command
def serve(
    bundle: Annotated[Path, typer.Argument(help="Directory made by taskfusion export.", show_default=False)],
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0: all of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of requests; 0: any that is free.")] = 8000,
    admin_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of metrics and probes; 0: any that is free.")
    ] = 8001,
    items: Annotated[
        Path | None,
        typer.Option(help="Table of items; candidates can then be named by their ids.", show_default=False),
    ] = None,
    item_id: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Ids in --items; left out: the first categorical feature of items."),
    ] = None,
    score: Annotated[
        str | None,
        typer.Option(
            metavar="SUM", help="Order by such a sum: '0.7*like + 0.3*click'; left out: by the first prediction."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the model in the Open Inference Protocol.")] = "ranker",
    token_file: Annotated[
        Path | None,
        typer.Option(help="File whose first line callers give as Bearer token; left out: nobody is asked."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that score.")] = 1,
    queue: Annotated[int, typer.Option(min=1, max=100_000, help="Requests that may wait; others get 429.")] = 64,
    deadline: Annotated[
        float, typer.Option(min=0.01, max=600, metavar="SECONDS", help="That a request may wait, and may then take.")
    ] = 2.0,
    most_candidates: Annotated[int, typer.Option(min=1, max=1_000_000, help="Candidates of a request.")] = 2000,
    most_bytes: Annotated[int, typer.Option(min=1, max=1 << 30, help="Bytes of a body.")] = 4_000_000,
    log_requests: Annotated[bool, typer.Option("--log-requests", metavar="", help="Log every request.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer ranking requests over HTTP with an exported model, until SIGTERM or Ctrl-C."""
    require_extra("serve")
    with loading():
        from taskfusion.serve.http.server import run
        from taskfusion.serve.http.settings import ServeSettings
        from taskfusion.serve.worker.settings import WorkerSettings
    settings = WorkerSettings(
        bundle=str(bundle),
        items=None if items is None else str(items),
        item_id=item_id,
        score=score,
        name=name,
        most_candidates=most_candidates,
    )

    def on_ready(service: "Service") -> None:
        ports = service.settings
        if as_json:
            print_json(
                {
                    "bundle": service.started.bundle,
                    "host": host,
                    "port": ports.port,
                    "admin_port": ports.admin_port,
                    "workers": [worker.pid for worker in service.pool.workers],
                }
            )
        else:
            out.print(f"serving {bundle} at http://{host}:{ports.port}, metrics at :{ports.admin_port}", soft_wrap=True)
        sys.stdout.flush()

    run(
        ServeSettings(
            worker=settings,
            host=host,
            port=port,
            admin_port=admin_port,
            token_file=token_file,
            workers=workers,
            queue=queue,
            deadline_seconds=deadline,
            most_bytes=most_bytes,
            log_requests=log_requests,
        ),
        on_ready,
    )
