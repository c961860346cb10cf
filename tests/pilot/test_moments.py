"""Moments are those of NumPy, and of tea-tasting's own reading."""

import numpy as np
import polars as pl
import pytest
from tea_tasting.aggr import read_aggregates

from taskfusion.pilot.moments import aggregates


def test_moments_are_those_of_others() -> None:
    random = np.random.default_rng(0)
    table = pl.DataFrame({"a": random.normal(5, 2, 500), "b": random.gamma(2, 3, 500), "c": random.integers(0, 9, 500)})
    mine = aggregates(table, ["a", "b", "c"])
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    theirs = read_aggregates(table, None, has_count=True, mean_cols="abc", var_cols="abc", cov_cols=pairs)
    assert mine.count() == theirs.count() == 500
    for name in "abc":
        assert mine.mean(name) == pytest.approx(theirs.mean(name))
        assert mine.var(name) == pytest.approx(np.var(table[name].to_numpy(), ddof=1))
    for pair in pairs:
        assert mine.cov(*pair) == pytest.approx(theirs.cov(*pair))
