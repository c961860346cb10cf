"""The application as a whole: its commands and what all of them have."""

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from taskfusion import __version__
from taskfusion.cli.app import app

WHOLE: Any = typer.main.get_command(app)
COMMANDS = WHOLE.commands


def test_the_version_is_printed() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.strip() == __version__


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_is_and_what_its_options_are(name: str) -> None:
    found = COMMANDS[name]
    assert found.help
    assert [option.name for option in found.params if not getattr(option, "help", None)] == []
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert found.help.split("\n")[0] in shown.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_answer_for_programs_and_an_error_for_people(name: str) -> None:
    options = {text for option in COMMANDS[name].params for text in option.opts}
    assert "--json" in options
    result = CliRunner().invoke(app, [name, "--no-such-option"])
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_without_a_command_all_are_shown() -> None:
    shown = CliRunner().invoke(app, [], env={"COLUMNS": "200"}).output
    assert all(f" {name} " in shown for name in COMMANDS)
