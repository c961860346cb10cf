"""A bundle behind HTTP."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskfusion.base.errors import ExperimentError
from taskfusion.base.extra import require_extra
from taskfusion.cli.arguments import AsJson
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, out, print_json

if TYPE_CHECKING:
    from taskfusion.config.routes import Routes
    from taskfusion.serve.http.service import Service
    from taskfusion.serve.router.state_file import StateFile


Served = Annotated[
    Path,
    typer.Argument(help="Directory made by taskfusion export, or a file of routes (YAML).", show_default=False),
]
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
Workers = Annotated[int | None, typer.Option(min=1, max=256, help="Processes that score; left out: 1.")]
Queue = Annotated[int, typer.Option(min=1, max=100_000, help="Requests that may wait; others get 429.")]
Deadline = Annotated[
    float | None,
    typer.Option(min=0.001, max=600, metavar="SECONDS", help="That a request is answered in; left out: 2."),
]
MostCandidates = Annotated[int, typer.Option(min=1, max=1_000_000, help="Candidates of a request.")]
MostBytes = Annotated[int, typer.Option(min=1, max=1 << 30, help="Bytes of a body.")]
LogRequests = Annotated[bool, typer.Option("--log-requests", metavar="", help="Log every request.")]
Decisions = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Log what was answered, for experiments and monitoring; left out: none."),
]


@command
def serve(
    served: Served,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    admin_port: AdminPort = 8001,
    items: Items = None,
    item_id: ItemId = None,
    score: Score = None,
    name: Name = "ranker",
    token_file: TokenFile = None,
    workers: Workers = None,
    queue: Queue = 64,
    deadline: Deadline = None,
    most_candidates: MostCandidates = 2000,
    most_bytes: MostBytes = 4_000_000,
    log_requests: LogRequests = False,
    decisions: Decisions = None,
    as_json: AsJson = False,
) -> None:
    """Answer ranking requests over HTTP with exported models, until SIGTERM or Ctrl-C."""
    require_extra("serve")
    with loading():
        from taskfusion.serve.http.server import run
        from taskfusion.serve.http.settings import ServeSettings
        from taskfusion.serve.router.state_file import StateFile
        from taskfusion.serve.worker.settings import CommonSettings
    of_one = {"items": items, "item-id": item_id, "score": score, "workers": workers, "deadline": deadline}
    of_one["decisions"] = decisions
    state = StateFile.beside(served) if served.is_file() else None
    routes, previous = (_one_model(served, of_one), None) if state is None else _file(served, of_one, state)
    settings = ServeSettings(
        routes=routes,
        previous=previous,
        common=CommonSettings(name=name, most_candidates=most_candidates),
        host=host,
        port=port,
        admin_port=admin_port,
        token_file=token_file,
        queue=queue,
        state=state,
        most_bytes=most_bytes,
        log_requests=log_requests,
    )
    run(settings, _say_as_json if as_json else _say)


def _one_model(bundle: Path, options: Mapping[str, Any]) -> "Routes":
    """One model, which answers or nobody does."""
    from taskfusion.config.decisions import DecisionSettings
    from taskfusion.config.routes import Routes, Tier

    given = {name: value for name, value in options.items() if value is not None}
    tier = Tier(
        bundle=str(bundle),
        items=str(given["items"]) if "items" in given else None,
        item_id=given.get("item-id"),
        workers=given.get("workers", 1),
        deadline_ms=1000 * given.get("deadline", 2.0),
    )
    log = DecisionSettings(directory=str(given["decisions"])) if "decisions" in given else None
    return Routes(primary=tier, score=given.get("score"), last_resort=False, decisions=log)


def _file(path: Path, options: Mapping[str, Any], state: "StateFile") -> "tuple[Routes, Routes | None]":
    """What a file says, which options cannot say as well, or what was in force last; and what was before."""
    twice = next((name for name, value in options.items() if value is not None), None)
    if twice is not None:
        raise ExperimentError(f"--{twice} goes with a bundle; '{path}' is a file of routes, so say it there")
    return state.read()


def _say(service: "Service") -> None:
    settings = service.settings
    url = f"http://{settings.host}:{settings.port}"
    what = " and ".join(settings.routes.primary.directories)
    out.print(f"serving {what} at {url}, metrics at port {settings.admin_port}", soft_wrap=True)


def _say_as_json(service: "Service") -> None:
    settings = service.settings
    print_json(
        {
            "bundle": service.started.bundle,
            "tiers": {tier: model.version for tier, model in service.fleet.deployments.items()},
            "host": settings.host,
            "port": settings.port,
            "admin_port": settings.admin_port,
            "workers": [pid for model in service.fleet.models for pid in model.pids],
        }
    )
    sys.stdout.flush()
