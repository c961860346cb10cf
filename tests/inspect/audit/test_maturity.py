"""Labels of the last days that are not all there yet are found; days that differ by chance are not."""

import numpy as np
import polars as pl
import pytest

from audit_log import audit_rows
from taskfusion.inspect.audit.maturity import immature_days, label_rates, maturity


def test_a_steady_rate_is_mature() -> None:
    rows = audit_rows()
    rates = list(label_rates(rows))
    day = rows.frame["time"].dt.day()
    click = rows.frame["click"]
    assert rates[0].means == pytest.approx([click.filter(day == d).to_numpy().mean() for d in range(1, 11)])
    assert [one.severity for one in maturity(rows, rates)] == ["fine"]


def test_late_labels_of_the_last_two_days_are_found() -> None:
    late = (pl.col("time").dt.day() >= 9) & (pl.int_range(pl.len()) % 4 > 0)
    rows = audit_rows(lambda log: log.with_columns(like=pl.when(late).then(0).otherwise("like")))
    (found,) = maturity(rows, list(label_rates(rows)))
    assert (found.severity, found.subject) == ("fix", "task 'like'")
    assert "in the last 2 of 10 periods" in found.advice


def test_days_that_differ_by_chance_are_seldom_late() -> None:
    rng = np.random.default_rng(0)
    late = sum(
        immature_days(rng.binomial(500, rng.normal(0.3, 0.03, 14).clip(0, 1)) / 500, np.full(14, 500.0)) > 0
        for _ in range(500)
    )
    assert late <= 5


def test_too_few_days_say_nothing() -> None:
    assert immature_days(np.array([0.5, 0.1]), np.array([500.0, 500.0])) == 0
