"""A log that check finds nothing wrong with, and what it finds once something is changed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from taskfusion.config.experiment import Experiment, parse_experiment
from taskfusion.inspect.check.profile import profile_experiment
from taskfusion.inspect.check.warning import Finding, find_warnings

Change = Callable[[pl.DataFrame], pl.DataFrame]

FEATURES: list[dict[str, Any]] = [
    {"name": "user", "kind": "categorical", "role": "user"},
    {"name": "item", "kind": "categorical", "role": "item"},
    {"name": "age", "kind": "numeric"},
    {"name": "tags", "kind": "multi_categorical"},
]
TASKS: list[dict[str, Any]] = [
    {"name": "click", "kind": "binary"},
    {"name": "ratio", "kind": "regression"},
    {"name": "mood", "kind": "multiclass", "classes": [0, 1, 2]},
]
ROWS = {"train": 3000, "validation": 600, "test": 600}


def split_table(rows: int, start: int) -> pl.DataFrame:
    rng = np.random.default_rng(start)
    user, item = rng.integers(0, 40, rows), rng.integers(0, 30, rows)
    return pl.DataFrame(
        {
            "user": user,
            "item": [f"i{k}" for k in item],
            "age": rng.normal(40, 10, rows),
            "tags": [[f"t{k % 4}", "t9"] for k in item],
            "time": start + np.arange(rows),
            "click": (rng.random(rows) < 0.2 + 0.01 * user).astype(int),
            "ratio": rng.normal(size=rows) + item / 30,
            "mood": rng.integers(0, 3, rows),
        }
    )


def split_tables() -> dict[str, pl.DataFrame]:
    return {name: split_table(rows, 10**9 + 10**6 * place) for place, (name, rows) in enumerate(ROWS.items())}


def warn(
    settings: dict[str, Any] | None = None, /, *, all_parts: Change = pl.DataFrame.clone, **changes: Change
) -> list[Finding]:
    """The findings for the sound log, with changes to its tables and its experiment."""
    tables = {name: changes.get(name, pl.DataFrame.clone)(table) for name, table in split_tables().items()}
    parts = {name: all_parts(table).lazy() for name, table in tables.items()}
    return find_warnings(profile_experiment(sound_experiment(settings or {}), parts))


def sound_experiment(settings: dict[str, Any]) -> Experiment:
    sound = {"features": FEATURES, "tasks": TASKS, "group": "user", "training": {"batch_size": 64}}
    return parse_experiment({**sound, **settings})


def changing(**columns: pl.Expr) -> Change:
    return lambda table: table.with_columns(**columns)


def only(findings: list[Finding], check: str) -> Finding:
    """The only finding."""
    assert [finding.check for finding in findings] == [check]
    return findings[0]
