"""How commands end: errors for people, Ctrl-C, and what programs read of them."""

import json
from pathlib import Path

import pytest
import typer

from taskfusion.base.errors import (
    DataError,
    ExperimentError,
    InterruptedTrainingError,
    RunError,
    StorageError,
    TaskfusionError,
)
from taskfusion.cli.output import command, print_json


def _end(error: BaseException, **options: object) -> int:
    """Exit code of a command that raises."""

    @command
    def fail(**options: object) -> None:
        raise error

    with pytest.raises(typer.Exit) as found:
        fail(**options)
    return found.value.exit_code


@pytest.mark.parametrize("kind", [TaskfusionError, ExperimentError, DataError, RunError, StorageError])
def test_an_error_for_people_is_one_sentence_and_code_2(
    kind: type[TaskfusionError], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _end(kind("'[red]x[/red]' :smile: is missing")) == 2
    shown = capsys.readouterr()
    assert shown.err == "error: '[red]x[/red]' :smile: is missing\n"
    assert shown.out == ""


def test_programs_read_the_error_as_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert _end(DataError('a "table" is missing'), as_json=True) == 2
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"error": 'a "table" is missing'}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "the output cannot be used: No space left on device"),
        (PermissionError(13, "Permission denied", "/x/y"), "'/x/y' cannot be used: Permission denied"),
        (OSError("odd"), "the output cannot be used: odd"),
    ],
)
def test_what_the_system_refuses_is_an_error_for_people(
    error: OSError, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _end(error) == 2
    assert capsys.readouterr().err == f"error: {words}\n"


@pytest.mark.parametrize(
    ("error", "options", "words"),
    [
        (KeyboardInterrupt(), {}, "stopped; give the same command again"),
        (KeyboardInterrupt(), {"resume": False}, "stopped; give the same command with --resume"),
        (
            InterruptedTrainingError("at step 3"),
            {"resume": False},
            "at step 3; give the same command with --resume to go on",
        ),
        (InterruptedTrainingError("at step 3"), {}, "at step 3; give the same command again to go on"),
    ],
)
def test_ctrl_c_says_how_to_go_on(
    error: BaseException, options: dict[str, object], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _end(error, **options) == 130
    assert capsys.readouterr().err == f"error: {words}\n"


def test_a_defect_of_ours_is_not_hidden() -> None:
    @command
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        fail()


def test_home_is_a_tilde_in_paths_and_in_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/a")
    found: dict[str, object] = {}

    @command
    def keep(**options: object) -> None:
        found.update(options)

    keep(path=Path("~/x"), other=Path("b/~"), text="~/x", number=3, nothing=None)
    assert found == {"path": Path("/home/a/x"), "other": Path("b/~"), "text": "~/x", "number": 3, "nothing": None}


def test_an_answer_is_one_line_of_strict_json(capsys: pytest.CaptureFixture[str]) -> None:
    content = {"a": [1, None, "é\n"], "b": {"c": 0.1 + 0.2}}
    print_json(content)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == content
    with pytest.raises(ValueError, match="JSON"):
        print_json({"a": float("nan")})
