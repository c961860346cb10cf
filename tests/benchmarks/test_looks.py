"""Pilots without effect: statistics that grow are those of whole columns, and ways to decide keep their error."""

import numpy as np
import pytest

from benchmarks.looks import KINDS, decide, figures, z_values


@pytest.mark.parametrize("name", KINDS)
def test_the_last_z_value_is_that_of_the_whole_columns(name: str) -> None:
    """Against formulas over the columns themselves, of which ratios and history are taken by their influence."""
    columns = KINDS[name](np.random.default_rng([0]), 2 * 3 * 50)
    z = z_values(np.random.default_rng([0]), KINDS[name], 1, 3, 50)[0, -1]
    arms = {column: values.reshape(2, -1) for column, values in columns.items()}
    if "n" in arms:
        value = arms["y"].mean(axis=1) / arms["n"].mean(axis=1)
        influence = (arms["y"] - value[:, None] * arms["n"]) / arms["n"].mean(axis=1)[:, None]
    elif "x" in arms:
        slope = np.cov(columns["x"], columns["y"])[0, 1] / columns["x"].var(ddof=1)
        value, influence = (arms["y"] - slope * arms["x"]).mean(axis=1), arms["y"] - slope * arms["x"]
    else:
        value, influence = arms["y"].mean(axis=1), arms["y"]
    expected = (value[0] - value[1]) / np.sqrt((influence.var(axis=1, ddof=1) / influence.shape[1]).sum())
    assert z == pytest.approx(expected, rel=1e-9)


def test_looking_often_costs_the_naive_way_its_error() -> None:
    ways = decide(z_values(np.random.default_rng(3), KINDS["mean"], 1500, 28, 20), 20)
    assert ways.peeking.mean() > 0.2
    assert ways.boundaries.mean() == pytest.approx(0.05, abs=0.02)
    assert ways.pocock.mean() == pytest.approx(0.05, abs=0.025)
    assert ways.sequence.mean() < 0.05


def test_the_table_has_a_row_per_way_to_count() -> None:
    found = figures(20, 4, 10, 0)
    assert all(f"| {name} |" in found for name in KINDS)
