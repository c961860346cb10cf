"""What commands print: tables for people, one JSON object for programs, one sentence for errors."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

from taskfusion.base.errors import TaskfusionError
from taskfusion.evaluate.metric import METRICS, Kind
from taskfusion.evaluate.record import TaskRecord
from taskfusion.train.loop import InterruptedTrainingError

P = ParamSpec("P")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line, for programs.")]

FILE_WIDTH = 160  # columns where the output is no terminal


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=FILE_WIDTH)


out = _console(stderr=False)
err = _console(stderr=True)

LEFT_OUT: Mapping[Kind, tuple[str, ...]] = {"binary": ("relative_loss", "brier"), "regression": (), "multiclass": ()}
"""Metrics that the terminal leaves out; NE already says what the relative loss of a binary task is."""

USER_ERROR = 2
INTERRUPTED = 130


def command(function: Callable[P, None]) -> Callable[P, None]:
    """A command whose errors for people become one sentence and exit code 2, and Ctrl-C a hint and 130."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except InterruptedTrainingError as stop:
            way = "with --resume" if "resume" in kwargs else "again"
            _fail(f"{stop}; give the same command {way} to go on", kwargs, INTERRUPTED)
        except KeyboardInterrupt:
            _fail("stopped; give the same command again", kwargs, INTERRUPTED)
        except TaskfusionError as error:
            _fail(str(error), kwargs, USER_ERROR)
        except OSError as error:
            what = f"'{error.filename}'" if error.filename else "the output"
            _fail(f"{what} cannot be used: {error.strerror or error}", kwargs, USER_ERROR)

    return wrapped


def _fail(message: str, options: Mapping[str, object], code: int) -> None:
    err.print(f"error: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    if options.get("as_json"):
        print(json.dumps({"error": message}))
    raise typer.Exit(code)


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object on one line."""
    print(json.dumps(content, allow_nan=False))


def records_tables(title: str, records: Sequence[TaskRecord]) -> list[Table]:
    """A table a kind of task: tasks x metrics, n/a where a metric cannot be computed."""
    kinds = dict.fromkeys(record["kind"] for record in records)
    return [_kind_table(title, [record for record in records if record["kind"] == kind]) for kind in kinds]


def _kind_table(title: str, records: Sequence[TaskRecord]) -> Table:
    kind = records[0]["kind"]
    table = Table(title=f"{title}: {kind} tasks", title_justify="left")
    table.add_column("task", overflow="fold")
    table.add_column("rows", justify="right")
    table.add_column("unknown", justify="right")
    names = [name for name in records[0]["metrics"] if name not in LEFT_OUT[kind]]
    for name in names:
        table.add_column(METRICS[name].title, justify="right")
    for record in records:
        cells = [format_metric(record["metrics"][name]) for name in names]
        table.add_row(record["task"], f"{record['rows']['used']:,}", f"{record['rows']['unknown']:,}", *cells)
    return table


def print_records(title: str, records: Sequence[TaskRecord]) -> None:
    """The tables, and why metrics are n/a."""
    for table in records_tables(title, records):
        out.print(table)
    for reason in reasons(records):
        out.print(reason, style="dim", markup=False)


def reasons(records: Sequence[TaskRecord]) -> list[str]:
    """Why metrics of the table are n/a, a line for each task and reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for record in records:
        for name, reason in record["not_available"].items():
            if name not in LEFT_OUT[record["kind"]]:
                found.setdefault((record["task"], reason), []).append(METRICS[name].title)
    return [f"{task}: n/a: {', '.join(names)}: {reason}" for (task, reason), names in found.items()]


def format_metric(value: float | None) -> str:
    """Four digits after the point, or n/a."""
    return "n/a" if value is None else f"{value:.4f}"
