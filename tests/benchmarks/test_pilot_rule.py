"""Simulated pilots: estimates scatter as they should, and the rule keeps its promises."""

import numpy as np
import pytest

from benchmarks.pilot_rule import DAYS, LEAST, REGIMES, ROLES, actions, estimates, figures, final_error, findings


def test_estimates_scatter_as_their_errors_say() -> None:
    gains = np.array([0.02, 0.0, 0.0, 0.0, 0.0, -0.03])
    change, error = estimates(np.random.default_rng(0), gains, 4000)
    np.testing.assert_allclose(change[:, 0].std(axis=0), error, rtol=0.06)
    np.testing.assert_allclose(change.mean(axis=0)[:, -1], np.log1p(gains), atol=4 * final_error() / 60)
    assert np.corrcoef(change[:, 0, -1], change[:, 5, -1])[0, 1] == pytest.approx(0.3, abs=0.06)


def test_a_success_that_was_shown_stays_shown() -> None:
    change, error = estimates(np.random.default_rng(1), np.full(len(ROLES), 2 * LEAST), 200)
    found = findings(change, error)[:, 0]
    for day in range(1, DAYS):
        assert (found[found[:, day - 1] == "better", day] == "better").all()


def test_the_rule_keeps_its_errors() -> None:
    names = list(REGIMES)
    nothing, _ = actions(np.random.default_rng(2), REGIMES[names[0]], 400)
    assert nothing["ship"] / 400 <= 0.07
    gain, _ = actions(np.random.default_rng(3), REGIMES[names[2]], 200)
    assert gain["ship"] / 200 > 0.8
    harm, day = actions(np.random.default_rng(4), REGIMES[names[4]], 200)
    assert harm["roll back"] / 200 > 0.8
    assert day < DAYS


def test_the_table_has_a_row_per_regime() -> None:
    found = figures(5, 0)
    assert all(f"| {name} |" in found for name in REGIMES)
