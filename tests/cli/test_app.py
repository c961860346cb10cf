"""The application as a whole: its commands and what all of them have."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from taskfusion import __version__
from taskfusion.cli.app import app

WHOLE: Any = typer.main.get_command(app)
COMMANDS = {
    f"{name} {below}".strip(): one
    for name, found in WHOLE.commands.items()
    for below, one in getattr(found, "commands", {"": found}).items()
}
"""By what is typed; a command of several has theirs."""
PROGRAM = "from taskfusion.cli import main; main()"


def test_the_version_is_printed() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.strip() == __version__


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_is_and_what_its_options_are(name: str) -> None:
    found = COMMANDS[name]
    assert found.help
    assert [option.name for option in found.params if not getattr(option, "help", None)] == []
    shown = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert found.help.split("\n")[0] in shown.stdout
    assert CliRunner().invoke(app, [*name.split(), "-h"], env={"COLUMNS": "200"}).stdout == shown.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_answer_for_programs_and_an_error_for_people(name: str) -> None:
    options = {text for option in COMMANDS[name].params for text in option.opts}
    assert "--json" in options
    result = CliRunner().invoke(app, [*name.split(), "--no-such-option"])
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_the_list_of_commands_says_in_one_line_what_each_does() -> None:
    """Whoever changes this list changes what users type."""
    assert {name: found.help for name, found in COMMANDS.items()} == {
        "init": "Infer features and tasks from a log, and write an experiment file to edit.",
        "check": "Show what an experiment would train, and what looks wrong, without training.",
        "audit": "Look for what is wrong with a table, and with a model on it: fix before you start, watch, fine.",
        "train": "Train a model, evaluate it on validation and test rows, and write its report.",
        "evaluate": "Compute the metrics of a finished run on a table with labels.",
        "predict": "Write the predictions of a finished run for every row of a table.",
        "export": "Write a finished run as ONNX graphs with all that scoring needs, checked against the run's model.",
        "score": "Write an exported model's predictions for every row of a table, without torch; the same call goes "
        "on.",
        "catalogue": "Encode a table of items for serve; the same call again computes only what is new or changed.",
        "serve": "Answer ranking requests over HTTP with exported models, until SIGTERM or Ctrl-C.",
        "decisions": "Count what servers answered, by their decision log: which tier, why, with which model, and when.",
        "verify": "Score rows of a table in every way that an exported model has, and say by how much they differ.",
        "compare": "Train variants x seeds under one budget and compare them; the same call goes on where it was "
        "stopped.",
        "tune": "Search for better settings by validation rows alone; the same call goes on where it was stopped.",
        "transfer": "Train with and without each task, and say which task helps or harms which; the same call goes on.",
        "explain": "Say what a trained model takes from which task, how sure that is, and what it rests on.",
        "quarantine": "Mask a task's experts in a finished run, without training; kept where the other tasks gain.",
        "cost": "Measure what serving takes, by one model, one per task or trees, online or in batch, and say what is "
        "cheapest.",
        "kit": "Write checklist, charter, ramp plan, runbook and sheets of a project, filled with its KPIs, tasks and "
        "owners.",
        "pilot plan": "Say what a pilot of this size can see of each KPI, and how large it has to be.",
        "pilot analyse": "Say what a pilot shows up to the last day of its log, and whether to ship, hold, roll back "
        "or go on.",
        "pilot assign": "Write which arm each unit is in; the same units in the same arms for good, and as the server "
        "says it.",
        "pilot roi": "Say whether a change of models pays for itself, when, and how sure that is: go, stop, or not "
        "known yet.",
        "pilot ramp": "Widen a candidate on a running server stage by stage, and roll it back where it harms.",
        "watch reference": "Keep what a model's traffic is held against: histograms, calibration and limits, never "
        "rows.",
        "watch rules": "Write rules for Prometheus with tests for promtool, and a dashboard for Grafana, of these KPIs "
        "and models.",
        "watch report": "Say on a page what is wrong, which task is guilty, and what to do; then all that was read in "
        "a period.",
        "watch run": "Read decisions and outcomes as they come, and say what is wrong; the same call goes on.",
        "data": "Prepare a public data set: joined, labelled and split into train, validation and test.",
        "simulate": "Simulate a short-video feed whose true probabilities are known, written beside the labels.",
    }


def test_without_a_command_all_are_shown() -> None:
    shown = [CliRunner().invoke(app, given, env={"COLUMNS": "200"}).output for given in ([], ["-h"], ["--help"])]
    assert shown[0].strip() == shown[1].strip() == shown[2].strip()
    lines = shown[0].splitlines()
    for name, found in WHOLE.commands.items():
        assert [line for line in lines if name in line.split() and found.help in line]


def test_help_loads_none_of_the_large_packages() -> None:
    calls = [
        [],
        ["--help"],
        ["--version"],
        *([*name.split(), "-h"] for name in COMMANDS),
        ["trian"],
        ["train", "--epochs", "3"],
    ]
    code = f"""
import sys
from taskfusion.cli.app import app
for call in {calls!r}:
    try:
        app(call)
    except SystemExit:
        pass
print("loaded:", *(name for name in ("torch", "polars", "lightgbm", "scipy", "plotly", "onnx") if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded:"


@pytest.mark.parametrize("arguments", [["--help"], ["compare", "--help"]])
def test_help_takes_less_than_half_a_second_of_cpu(arguments: list[str]) -> None:
    code = f"import time, sys, atexit; atexit.register(lambda: print('cpu', time.process_time())); {PROGRAM}"
    found = []
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
        found.append(float(done.stdout.split()[-1]))
        if found[-1] < 0.5:
            return
    pytest.fail(f"{arguments} took {found}")


def _completed(shell: str, words: str, home: Path) -> list[str]:
    """What a shell offers after these words."""
    environment = {
        **os.environ,
        "HOME": str(home),
        "_TASKFUSION_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
        "_TYPER_COMPLETE_ARGS": words,
    }
    code = f"import sys; sys.argv = ['taskfusion']; {PROGRAM}"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    ).stdout.split()


def test_shells_complete_commands_and_options(tmp_path: Path) -> None:
    assert _completed("bash", "taskfusion tra", tmp_path) == ["train", "transfer"]
    assert _completed("bash", "taskfusion ", tmp_path) == list(WHOLE.commands)
    assert _completed("bash", "taskfusion train --te", tmp_path) == ["--teachers"]
    assert "train" in " ".join(_completed("zsh", "taskfusion tr", tmp_path))


def test_the_script_of_a_shell_is_installed(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-c", f"import sys; sys.argv[0] = 'taskfusion'; {PROGRAM}"]
    done = subprocess.run([*command, "--install-completion", "bash"], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    (script,) = [path for path in tmp_path.rglob("*") if path.is_file() and "_TASKFUSION_COMPLETE" in path.read_text()]
    assert "complete_bash" in script.read_text()


WITH_PAGES = {
    *("train", "export", "audit", "compare", "tune", "transfer", "explain", "quarantine", "cost"),
    *("pilot plan", "pilot analyse"),
}


@pytest.mark.parametrize("name", sorted(WITH_PAGES))
def test_every_command_with_a_page_writes_it_in_two_languages(name: str) -> None:
    (option,) = (one for one in COMMANDS[name].params if "--lang" in one.opts)
    assert option.default == "en"
    result = CliRunner().invoke(app, [*name.split(), "--lang", "fr"])
    assert result.exit_code == 2
    assert "'en', 'ja'" in result.output
