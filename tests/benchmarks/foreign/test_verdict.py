"""Differences of losses have the interval that drawing rows anew gives."""

import numpy as np
import pytest

from benchmarks.foreign.verdict import difference, table_lines

GENERATOR = np.random.default_rng(0)
OTHER = GENERATOR.gamma(2.0, size=4_000)
OURS = 0.9 * OTHER + GENERATOR.normal(0, 0.3, size=4_000)


def test_a_difference_is_that_of_the_means_with_the_error_of_the_bootstrap() -> None:
    found = difference({"a": OURS}, {"a": OTHER}, "a")
    assert found.mean == pytest.approx(100 * (OURS.mean() / OTHER.mean() - 1))
    draws = GENERATOR.integers(0, len(OURS), (800, len(OURS)))
    again = 100 * (OURS[draws].mean(axis=1) / OTHER[draws].mean(axis=1) - 1)
    assert found.error == pytest.approx(again.std(), rel=0.15)
    assert found.high == pytest.approx(np.quantile(again, 0.975), abs=0.1)


def test_a_method_is_as_good_as_itself() -> None:
    found = difference({"a": OURS}, {"a": OURS}, "a")
    assert found.mean == 0
    assert found.error == pytest.approx(0, abs=1e-12)


def test_the_table_names_all_methods_and_tasks() -> None:
    losses = {"auto": {"a": OURS, "b": OURS}, "lightgbm": {"a": OTHER, "b": OTHER}}
    lines = list(table_lines(losses))
    assert "| auto | " in "\n".join(lines)
    assert f"| lightgbm | {OTHER.mean():.4f} | {OTHER.mean():.4f} | {OTHER.mean():.4f} |" in lines
    (against,) = [line for line in lines if line.startswith("| lightgbm | -")]
    assert str(difference(losses["auto"], losses["lightgbm"], "a")) in against
