"""A rate that jumps is found and dated; days that differ by chance, and a fall at the end, are not told."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import ttest_ind

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
    assert "from 2024-01-06 on" in found.seen
    (fine,) = rate_jumps(list(label_rates(rows)), rows.schema.tasks, {"like"})
    assert fine.severity == "fine"


def test_a_fault_that_was_mended_is_found_and_dated() -> None:
    flipped = pl.col("time").dt.day().is_between(4, 7) & (pl.int_range(pl.len()) % 3 == 0)
    rows = audit_rows(lambda log: log.with_columns(like=pl.when(flipped).then(1 - pl.col("like")).otherwise("like")))
    (found,) = rate_jumps(list(label_rates(rows)), rows.schema.tasks, ())
    assert "from 2024-01-04 to 2024-01-07" in found.seen


def test_the_means_are_of_the_stretch_and_the_others() -> None:
    rate_P = np.array([0.1, 0.12, 0.11, 0.3, 0.31, 0.29, 0.3, 0.11])
    jump = find_jump(rate_P, np.full(8, 5000.0))
    assert (jump.first, jump.last) == (3, 6)
    assert [jump.outside, jump.inside] == pytest.approx([0.11, 0.3])
    assert jump.p_value < CHANCE
    assert find_jump(rate_P, np.full(8, 20.0)).p_value > 0.1, "20 labels a day say nothing"


def test_the_size_is_students_of_two_samples() -> None:
    rate_P = np.random.default_rng(1).normal(0.3, 0.02, 9)
    jump = find_jump(rate_P, None)
    inside = np.zeros(9, dtype=bool)
    inside[jump.first : jump.last + 1] = True
    stretches = sum(1 for first in range(1, 8) for stop in range(first + 2, 10) if 9 - (stop - first) >= 2)
    assert jump.p_value == pytest.approx(min(1, stretches * ttest_ind(rate_P[inside], rate_P[~inside]).pvalue))


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
    assert find_jump(np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0]), None).p_value < 1e-9
