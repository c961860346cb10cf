"""Trees tell rows of a split from training rows only where something moved, and name it."""

import polars as pl

from audit_log import audit_rows
from taskfusion.inspect.audit.domain import domain_findings, domain_shifts


def test_splits_that_are_alike_are_not_told_apart() -> None:
    found = list(domain_shifts(audit_rows()))
    assert [one.split for one in found] == ["validation", "test"]
    assert all(0.4 < one.auc < 0.6 for one in found)
    assert [one.severity for one in domain_findings(found)] == ["fine", "fine"]


def test_the_column_that_gives_a_split_away_is_named() -> None:
    found = list(domain_shifts(audit_rows(late=lambda log: log.with_columns(pl.col("age") + 40))))
    assert all(one.auc > 0.9 and next(iter(one.gain)) == "age" for one in found)
    assert all("mostly by age" in one.seen for one in domain_findings(found))
