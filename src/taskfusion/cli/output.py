"""What commands print: tables for people, one JSON object for programs, one sentence for errors."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

from taskfusion.errors import TaskfusionError
from taskfusion.evaluate.metric import METRICS
from taskfusion.evaluate.record import TaskRecord
from taskfusion.train.loop import InterruptedTrainingError

P = ParamSpec("P")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line, for programs.")]

out = Console()
err = Console(stderr=True)

USER_ERROR = 2
INTERRUPTED = 130


def command(function: Callable[P, None]) -> Callable[P, None]:
    """A command whose errors for people become one sentence and exit code 2, and Ctrl-C a hint and 130."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except InterruptedTrainingError as stop:
            _fail(f"{stop}; give the same command with --resume to go on", kwargs, INTERRUPTED)
        except TaskfusionError as error:
            _fail(str(error), kwargs, USER_ERROR)
        except OSError as error:
            _fail(f"'{error.filename}' cannot be used: {error.strerror}", kwargs, USER_ERROR)

    return wrapped


def _fail(message: str, options: Mapping[str, object], code: int) -> None:
    err.print(f"error: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    if options.get("as_json"):
        print(json.dumps({"error": message}))
    raise typer.Exit(code)


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object on one line."""
    print(json.dumps(content, allow_nan=False))


def records_table(title: str, records: Sequence[TaskRecord]) -> Table:
    """Tasks x metrics, n/a where a metric cannot be computed."""
    table = Table(title=title, title_justify="left")
    table.add_column("task")
    table.add_column("rows", justify="right")
    table.add_column("unknown", justify="right")
    names = [name for name in METRICS if any(name in record["metrics"] for record in records)]
    for name in names:
        table.add_column(METRICS[name].title, justify="right")
    for record in records:
        cells = [format_metric(record["metrics"][name]) if name in record["metrics"] else "" for name in names]
        table.add_row(record["task"], f"{record['rows']['used']:,}", f"{record['rows']['unknown']:,}", *cells)
    return table


def reasons(records: Sequence[TaskRecord]) -> list[str]:
    """Why metrics are n/a, a line each."""
    return [
        f"{record['task']}: {METRICS[name].title} is n/a: {reason}"
        for record in records
        for name, reason in record["not_available"].items()
    ]


def format_metric(value: float | None) -> str:
    """Four digits after the point, or n/a."""
    return "n/a" if value is None else f"{value:.4f}"
