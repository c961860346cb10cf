"""Options that commands have in common are the same everywhere."""

from typing import Any

import typer

from taskfusion.cli.app import app

WHOLE: Any = typer.main.get_command(app)


def test_options_of_one_name_are_one_option() -> None:
    found: dict[tuple[str, bool], set[tuple[str, str]]] = {}
    for command in WHOLE.commands.values():
        for option in command.params:
            if option.opts[0] in ("--set", "--data", "--teachers", "--json", "experiment", "run"):
                kinds = found.setdefault((option.opts[0], option.required), set())
                kinds.add((option.help, str(option.multiple)))
    may_be_left_out = found.pop(("--data", False))
    assert all("Left out: " in help_text or "left out: " in help_text for help_text, _ in may_be_left_out)
    assert len(found) == 6
    assert {name: len(kinds) for name, kinds in found.items()} == dict.fromkeys(found, 1)
