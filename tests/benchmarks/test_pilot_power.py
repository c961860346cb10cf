"""Figures of a pilot's tests: theory of history, tea-tasting's results, power by formula and by drawing."""

import pytest

from benchmarks.pilot_power import CORRELATIONS, cuts, differences, powers, simulated


def test_history_saves_what_theory_says() -> None:
    for correlation, (_, theory, found) in zip(CORRELATIONS, cuts(50_000, 0), strict=True):
        assert float(theory.split()[0]) == pytest.approx(100 * correlation**2)
        assert float(found.split()[0]) == pytest.approx(100 * correlation**2, abs=1)


def test_results_are_those_of_tea_tasting() -> None:
    assert all(float(difference) < 1e-9 for _, _, difference in differences(2, 500, 0))


def test_power_is_that_of_trials_that_are_drawn() -> None:
    rows = {(name, looks): float(found.split()[0]) for name, looks, found, _ in powers((4,))}
    for name in ("obrien-fleming", "pocock"):
        assert 100 * simulated(4, name, 40_000, 0) == pytest.approx(rows[name, "4"], abs=0.9)
    assert rows["obrien-fleming", "4"] >= 0.95 * 80
