"""Mutated experiment files: what is read and checked ends well or with an error of ours, within a second."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import polars as pl
import pytest

from support import FEATURES, SETTINGS, TASKS, log_table
from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import TaskfusionError
from taskfusion.config.experiment import read_experiment
from taskfusion.config.yaml_text import dump_yaml
from taskfusion.inspect.check.experiment import check_experiment

CASES: Final = 5000
MOST_SECONDS: Final = 1.0
LONGEST_MESSAGE: Final = 1500
T = TypeVar("T")

CHECKED_SECONDS: Final = 10.0
"""The table is read as well."""

NUMBERS: Final = (
    *("0", "-1", "1", "2", "63", "64", "65", "8192", "8193", "2147483647", "2147483648", "4294967296"),
    *("9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1" + "0" * 400),
    *("9" * 5000, "0.5", "1.5", "-0.0", "1e-300", "1e-3", "1.0e+308", "1.0e+309", "1e400", ".inf", "-.inf", ".nan"),
    *("0x7fffffff", "010", "1_000", "1:30", "0b11", "1e9"),
)
VALUES: Final = (
    *("", "~", "null", "true", "no", "[]", "{}", "[[]]", "[1]", "[1, 2, 3]", "{a: 1}", "[[128], [64]]", "text"),
    *("'quoted'", '"esc\\x00ape"', '"\\ud800"', "2020-99-99", "2020-01-01", "!!int abc", "!!float x", "!!bool x"),
    *("!!binary '##'", "!!timestamp x", "!!set {x}", "!!python/object/apply:os.system [id]", "!own x", "*none"),
    *("&a [*a]", "<<", "=", "?", "-", "|", ">", "@", "`", "%", "&", "*", "'", '"', "#", ": :", "\t", "- - -"),
    *("{" * 60, "[" * 2000, "{a: " * 40, "'" + "x" * 3000 + "'", "ünïcode", "日本語", "😀", "a\\b", "../../etc/passwd"),
    *("adatt", "mmoe", "auto", "shared", "per-task", "both", "cuda", "bf16", "none", "dcn-v2", "esmm", "'*'", "click"),
)
LINES: Final = (
    *("- ", "---", "...", "%YAML 9.9", "? a", ": b", "<<: {a: 1}", "<<: *none", "1: 2", "null: 1", "[a]: 1", "{a: 1}"),
    *(
        "a: &a [x, x, x, x, x, x, x, x]",
        "epochs: 1",
        "training: {epochs: 1}",
        "tasks: []",
        "features: {}",
        "\x00",
        "\x85",
    ),
    *("\ufeff", "\u2028x: 1", "data: {train: /dev/null, validation: /dev/zero}", "data: {table: .}", "group: ''"),
)
BOMB: Final = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9)
)

EVERYTHING: Final[dict[str, Any]] = {
    "features": FEATURES,
    "tasks": TASKS,
    **SETTINGS,
    "embedding": {"dim": 4, "tables": "both", "own_dim": 3, "update": "adagrad", "feature_dropout": 0.1},
    "numeric": {"encoding": "piecewise-linear", "dim": 4, "bins": 5},
    "backbone": {"kind": "dcn-v2", "layers": 2, "rank": 3},
    "sharing": {"default": "allow", "forbid": [{"source": "click", "target": "seconds", "levels": [1]}]},
    "relations": [{"kind": "dbmtl", "source": "click", "target": "seconds"}],
    "distillation": {"share": 0.5, "folds": 2, "repeats": 1},
    "calibration": {"binary": "platt", "tasks": {"click": "temperature"}},
    "evaluation": {"ranking_bins": 1000},
    "lightgbm": {"num_leaves": 7, "num_rounds": 5},
    "tuning": {"space": {"training.learning_rate": {"low": 0.001, "high": 0.1, "log": True}}},
}


def _other_value(rng: random.Random, lines: list[str]) -> None:
    """Another value behind a key, or in the place of an entry of a list."""
    at = rng.choice([place for place, line in enumerate(lines) if ":" in line or line.lstrip().startswith("- ")])
    head, mark, _ = lines[at].partition(": ") if ": " in lines[at] else lines[at].partition("- ")
    lines[at] = f"{head}{mark or ': '}{rng.choice(rng.choice([NUMBERS, VALUES]))}"


def _line_out(rng: random.Random, lines: list[str]) -> None:
    del lines[rng.randrange(len(lines))]


def _line_twice(rng: random.Random, lines: list[str]) -> None:
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))


def _line_in(rng: random.Random, lines: list[str]) -> None:
    lines.insert(rng.randrange(len(lines)), " " * rng.randrange(5) + rng.choice(LINES))


def _indented(rng: random.Random, lines: list[str]) -> None:
    at = rng.randrange(len(lines))
    lines[at] = rng.choice([" " + lines[at], lines[at].lstrip(), "\t" + lines[at], "- " + lines[at]])


def _letters(rng: random.Random, lines: list[str]) -> None:
    at = rng.choice([place for place, line in enumerate(lines) if line] or [0])
    place = rng.randrange(len(lines[at]) + 1)
    letter = rng.choice([chr(rng.randrange(1, 256)), chr(rng.randrange(0x110000)), *"[]{}:,&*!|>'\"%@`-?#\n"])
    lines[at] = lines[at][:place] + letter + lines[at][place + rng.randrange(2) :]


def _aliases(rng: random.Random, lines: list[str]) -> None:
    lines.insert(rng.choice([0, len(lines)]), BOMB if rng.random() < 0.2 else "x: &x {epochs: 2}\ny: {<<: *x}")


def _cut(rng: random.Random, lines: list[str]) -> None:
    del lines[rng.randrange(1, len(lines) + 1) :]


MUTATIONS: Final[tuple[Callable[[random.Random, list[str]], None], ...]] = (
    *(_other_value, _other_value, _other_value, _line_out, _line_twice, _line_in, _indented, _letters, _aliases, _cut),
)


def _mutated(rng: random.Random) -> bytes:
    lines = dump_yaml(EVERYTHING).splitlines()
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        if lines:
            rng.choice(MUTATIONS)(rng, lines)
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    if rng.random() < 0.05:
        at = rng.randrange(len(content) + 1)
        content = content[:at] + rng.randbytes(rng.randrange(1, 6)) + content[at + rng.randrange(4) :]
    return content


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.LazyFrame]:
    return {name: log_table(80, seed).lazy() for seed, name in enumerate(("train", "validation"))}


def _attempt(act: Callable[[], T], most_seconds: float) -> T | None:
    """What act gives; None where it ends with an error of ours, on one line."""
    start, message, found = time.perf_counter(), "", None
    try:
        found = act()
    except TaskfusionError as error:
        message = str(error)
    assert time.perf_counter() - start < most_seconds, message
    assert "\n" not in message
    assert len(message) < LONGEST_MESSAGE
    return found


def _read_and_check(path: Path, tables: dict[str, pl.LazyFrame]) -> bool:
    """Whether the file holds an experiment that can be trained on the tables."""
    experiment = _attempt(lambda: read_experiment(path), MOST_SECONDS)
    if experiment is None:
        return False
    if experiment.data is not None:
        data = experiment.data
        _attempt(lambda: read_tables(data, path.parent), MOST_SECONDS)
    return _attempt(lambda: check_experiment(experiment, tables), CHECKED_SECONDS) is not None


def test_experiment_files(tables: dict[str, pl.LazyFrame], tmp_path: Path, fuzz_share: float) -> None:
    rng, path, trainable = random.Random(14), tmp_path / "e.yaml", 0
    cases = round(CASES * fuzz_share)
    for case in range(cases):
        content = _mutated(rng)
        path.write_bytes(content)
        try:
            trainable += _read_and_check(path, tables)
        except BaseException as error:
            raise AssertionError(f"case {case}: {error!r} of {content[-3000:]!r}") from error
    assert 0 < trainable < cases
