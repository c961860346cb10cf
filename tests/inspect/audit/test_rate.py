"""A rate that jumps is found and dated; days that differ by chance, and a fall at the end, are not told."""

import numpy as np
import polars as pl
import pytest

from audit_log import audit_rows
from taskfusion.inspect.audit.maturity import label_rates
from taskfusion.inspect.audit.rate import CHANCE, find_jump, rate_jumps


def test_a_steady_rate_does_not_jump() -> None:
    rows = audit_rows()
    assert [one.severity for one in rate_jumps(list(label_rates(rows)), rows.schema.tasks, ())] == ["fine"]


def test_labels_flipped_from_a_day_on_are_found_and_dated() -> None:
    flipped = (pl.col("time").dt.day() >= 6) & (pl.int_range(pl.len()) % 3 == 0)
    rows = audit_rows(lambda log: log.with_columns(like=pl.when(flipped).then(1 - pl.col("like")).otherwise("like")))
    (found,) = rate_jumps(list(label_rates(rows)), rows.schema.tasks, ())
    assert (found.severity, found.subject) == ("fix", "task 'like'")
    assert "until 2024-01-05" in found.seen
    assert "from 2024-01-06 on" in found.seen
    (fine,) = rate_jumps(list(label_rates(rows)), rows.schema.tasks, {"like"})
    assert fine.severity == "fine"


def test_the_means_are_of_both_sides() -> None:
    rate_P = np.array([0.1, 0.12, 0.11, 0.3, 0.31, 0.29, 0.3])
    jump = find_jump(rate_P, np.full(7, 5000.0))
    assert jump.first == 3
    assert [jump.before, jump.after] == pytest.approx([0.11, 0.3])
    assert jump.p_value < CHANCE
    assert find_jump(rate_P, np.full(7, 20.0)).p_value > 0.1, "20 labels a day say nothing"


@pytest.mark.parametrize("spread", [0.0, 0.03])
def test_days_that_differ_by_chance_seldom_jump(spread: float) -> None:
    rng = np.random.default_rng(0)
    days = 14
    found = [
        find_jump(rng.binomial(500, rng.normal(0.3, spread, days)) / 500, np.full(days, 500.0)).p_value
        for _ in range(1000)
    ]
    assert np.mean(np.array(found) < 0.05) <= 0.06
    assert np.mean(np.array(found) < CHANCE) <= 0.004


def test_equal_days_do_not_jump_and_a_mean_without_noise_does() -> None:
    assert find_jump(np.full(6, 2.0), None).p_value == 1
    assert find_jump(np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0]), None).p_value == 0
