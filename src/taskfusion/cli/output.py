"""What commands print: tables for people, one JSON object for programs, one sentence for errors."""

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec

import typer

from taskfusion.base.errors import InterruptedTrainingError, TaskfusionError
from taskfusion.base.files import from_home
from taskfusion.cli.loading import INTERRUPTED
from taskfusion.report.console import console

P = ParamSpec("P")

out = console(stderr=False)
err = console(stderr=True)

USER_ERROR = 2


def command(function: Callable[P, None]) -> Callable[P, None]:
    """A command whose errors for people become one sentence and exit code 2, and Ctrl-C a hint and 130; ~ in its paths
    is the home directory.
    """

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **{name: _home(value) for name, value in kwargs.items()})  # type: ignore[arg-type]
        except InterruptedTrainingError as stop:
            _fail(f"{stop}; give the same command {_again(kwargs)} to go on", kwargs, INTERRUPTED)
        except KeyboardInterrupt:
            _fail(f"stopped; give the same command {_again(kwargs)}", kwargs, INTERRUPTED)
        except TaskfusionError as error:
            _fail(str(error), kwargs, USER_ERROR)
        except OSError as error:
            what = f"'{error.filename}'" if error.filename else "the output"
            _fail(f"{what} cannot be used: {error.strerror or error}", kwargs, USER_ERROR)

    return wrapped


def _again(arguments: Mapping[str, object]) -> str:
    """How a command that was stopped goes on."""
    return "with --resume" if "resume" in arguments else "again"


def _home(value: object) -> object:
    return from_home(value) if isinstance(value, Path) else value


def _fail(message: str, options: Mapping[str, object], code: int) -> None:
    print_error(message, as_json=bool(options.get("as_json")))
    raise typer.Exit(code)


def print_error(message: str, *, as_json: bool) -> None:
    """One sentence for people, and one JSON object for programs where they ask for it."""
    err.print(f"error: {message}", style="red", highlight=False, soft_wrap=True)
    if as_json:
        print_json({"error": message})


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object on one line."""
    print(json.dumps(content, allow_nan=False))
