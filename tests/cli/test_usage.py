"""Faults of usage, as a user meets them."""

import json
import re

import pytest
from typer.testing import CliRunner

from taskfusion.cli.app import app


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("trian e.yaml", "there is no command 'trian'; did you mean 'train'[?]"),
        ("xyz", "there is no command 'xyz'; there are init, check, .*; see: taskfusion --help"),
        ("--colour", "taskfusion has no option '--colour'; see: taskfusion --help"),
        ("train e.yaml --ot r", "train has no option '--ot'; did you mean '--out'[?]"),
        ("train e.yaml --epochs 3", "train has no option '--epochs'; did you mean '--set training.epochs=...'[?]"),
        ("train e.yaml --epoch=3", "train has no option '--epoch'; did you mean '--set training.epochs=...'[?]"),
        ("tune e.yaml --num-leaves=3", "tune has no option .*; did you mean '--set lightgbm.num_leaves=...'[?]"),
        ("predict r --epochs 3", "predict has no option '--epochs'; see: taskfusion predict --help"),
        ("train", "missing argument '(?i:experiment)'; see: taskfusion train --help"),
        ("train e.yaml", "missing option '--out'; see: taskfusion train --help"),
        ("train e.yaml --out", "option '--out' requires an argument"),
        ("compare e.yaml --out c --seeds x", "invalid value for '--seeds': .*; see: taskfusion compare --help"),
        ("audit e.yaml --lang jp", "invalid value for '--lang': 'jp' is not one of 'en', 'ja'; see: .*"),
        ("check a b", r"got unexpected extra argument.*b.*; see: taskfusion check --help"),
    ],
)
def test_a_fault_is_one_sentence_with_what_was_meant(arguments: str, sentence: str) -> None:
    found = CliRunner().invoke(app, arguments.split(" "))
    assert (found.exit_code, found.stdout) == (2, "")
    assert re.fullmatch(f"error: {sentence}\n", found.stderr), found.stderr


def test_programs_read_a_fault_as_the_last_line() -> None:
    found = CliRunner().invoke(app, ["trian", "--json"])
    assert found.exit_code == 2
    assert json.loads(found.stdout.splitlines()[-1]) == {"error": "there is no command 'trian'; did you mean 'train'?"}
