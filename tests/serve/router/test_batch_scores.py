"""Predictions are found as a dictionary would find them, and not where there are none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from serve.scored_tables import write_scores
from taskfusion.serve.router.batch_build import build
from taskfusion.serve.router.batch_scores import BatchScores

IDS = ["user", "item"]


def opened(scores: Path, out: Path, predictions: Sequence[str]) -> BatchScores:
    """The look-up of a directory, without a process of its own."""
    out.mkdir()
    return BatchScores.open(out, build(scores, "user", "item", predictions, out))


def _ids(rng: np.random.Generator, kind: str, count: int) -> list[Any]:
    number = rng.integers(0, 12, count)
    if kind == "text":
        return [("é" * int(n % 3)) + str(n) for n in number]
    return [int(n) + (2**63 if kind == "uint64" else -5) for n in number]


@pytest.mark.parametrize("seed", range(6))
def test_they_are_found_as_a_dictionary_finds_them(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = [("text", "int64", "uint64")[(seed + shift) % 3] for shift in (0, seed // 3 + 1)]
    count = int(rng.integers(1, 90))
    units, items = (_ids(rng, kind, count) for kind in kinds)
    value_RC = rng.normal(size=(count, 2)).astype(np.float32)
    frame = pl.DataFrame({"user": units, "item": items, "click": value_RC[:, 0], "like": value_RC[:, 1]})
    found = opened(write_scores(tmp_path / "scores", frame, IDS), tmp_path / "out", ["like", "click"])
    oracle = {(unit, item): value_C[::-1] for unit, item, value_C in zip(units, items, value_RC, strict=True)}
    assert found.table.pairs == len(oracle)
    none = np.full(2, np.nan)
    asked = [*dict.fromkeys(_ids(rng, kinds[1], 30)), None, "nobody", 10**6, "5", 5, 2**64, -1]
    for unit in [*dict.fromkeys(_ids(rng, kinds[0], 30)), None, "nobody", 10**9, [1], True, 1.5]:
        expected = np.array([oracle.get((unit, one), none) if type(unit) in (int, str) else none for one in asked])
        np.testing.assert_array_equal(found.values(unit, asked), expected.T)
    assert found.values(units[0], []).shape == (2, 0)
