"""What commands print: tables for people, one JSON object for programs, one sentence for errors."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer

from taskfusion.base.errors import TaskfusionError
from taskfusion.base.files import from_home
from taskfusion.evaluate.record import TaskRecord
from taskfusion.report.console import console
from taskfusion.report.records import reasons, records_tables
from taskfusion.train.loop import InterruptedTrainingError

P = ParamSpec("P")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line, for programs.")]

out = console(stderr=False)
err = console(stderr=True)

USER_ERROR = 2
INTERRUPTED = 130


def command(function: Callable[P, None]) -> Callable[P, None]:
    """A command whose errors for people become one sentence and exit code 2, and Ctrl-C a hint and 130; ~ in its paths
    is the home directory.
    """

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **{name: _home(value) for name, value in kwargs.items()})  # type: ignore[arg-type]
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


def _home(value: object) -> object:
    return from_home(value) if isinstance(value, Path) else value


def _fail(message: str, options: Mapping[str, object], code: int) -> None:
    err.print(f"error: {message}", style="red", highlight=False, soft_wrap=True)
    if options.get("as_json"):
        print(json.dumps({"error": message}))
    raise typer.Exit(code)


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object on one line."""
    print(json.dumps(content, allow_nan=False))


def print_records(title: str, records: Sequence[TaskRecord]) -> None:
    """The tables, and why metrics are n/a."""
    for table in records_tables(title, records):
        out.print(table)
    for reason in reasons(records):
        out.print(reason, style="dim")
