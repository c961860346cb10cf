"""Rows of the tables, of measurements that are given."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from benchmarks.domain import table
from benchmarks.domain.scenario import Feed
from benchmarks.domain.shift import Shift
from taskfusion.config.experiment import Experiment


def test_won_back_is_a_share_of_sums_where_something_is_lost() -> None:
    lost = np.array([1.0, 2.0, 3.0, 2.0])
    assert table.won_back(lost / 2, lost) == "50 (50 to 50)"
    assert table.won_back(lost, np.array([1.0, -1.0, 0.5, -0.5])) == "nothing lost"


def test_a_row_of_a_shift(monkeypatch: pytest.MonkeyPatch) -> None:
    def given(experiment: Experiment, tables: dict[str, pl.DataFrame], tests: Sequence[Any]) -> list[float]:
        if "one target" in tables["train"].columns:
            return [0.8]
        return [0.9 if experiment.domain else 1.0]

    empty = pl.DataFrame({"one target": []})
    names = ("train", "validation", "test")
    tables = {name: pl.DataFrame() for name in names} | {f"target {name}": empty for name in names[:2]}
    monkeypatch.setattr(table, "entropies", given)
    monkeypatch.setattr(Shift, "tables", lambda self: tables)
    found = table.shift_row(2.0, "flexible", 3)
    assert found.startswith("| 2 | flexible | 1.0000 | 0.9000 | 0.8000 | +25.00 (+25.00 to +25.00) | 50 (50 to 50) |")
    assert found.endswith("| -10.00 (-10.00 to -10.00) |")


def test_rows_of_scenarios(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def given(experiment: Experiment, tables: dict[str, pl.DataFrame], tests: Sequence[Any]) -> list[float]:
        if tables["train"]["scenario"].n_unique() == 1:
            return [0.5]
        return [0.9, 0.7] if experiment.network.gate.features else [1.0, 1.0]

    both = pl.DataFrame({"scenario": ["home", "search"]})
    monkeypatch.setattr(table, "entropies", given)
    monkeypatch.setattr(Feed, "tables", lambda self, folder: dict.fromkeys(("train", "validation", "test"), both))
    one, gates, two = table.scenario_rows("of one size", 2, tmp_path).split("\n")
    assert one == "| of one size | one model | 1.0000 | 1.0000 |  |"
    assert gates == "| of one size | scenario gates | 0.9000 | 0.7000 | -20.00 (-20.00 to -20.00) |"
    assert two == "| of one size | a model per scenario | 0.5000 | 0.5000 | -50.00 (-50.00 to -50.00) |"
