"""A like without a click is a conflict where likes nearly always come with clicks."""

import polars as pl

from audit_log import audit_rows
from taskfusion.inspect.audit.conflict import conflict


def test_without_an_exception_nothing_conflicts() -> None:
    (found,) = conflict(audit_rows())
    assert found.severity == "fine"


def test_lost_clicks_are_counted() -> None:
    lost = (pl.col("like") == 1) & (pl.int_range(pl.len()) < 100)
    rows = audit_rows(lambda log: log.with_columns(click=pl.when(lost).then(0).otherwise("click")))
    (found,) = conflict(rows)
    count = int(((rows.frame["like"] == 1) & (rows.frame["click"] == 0)).sum())
    assert count > 0
    assert found.subject == "tasks 'like' and 'click'"
    assert f"but in {count} of {int(rows.frame['like'].sum()):,} rows" in found.seen


def test_tasks_that_have_nothing_to_do_with_each_other_do_not_conflict() -> None:
    (found,) = conflict(audit_rows(lambda log: log.with_columns(like=pl.int_range(pl.len()) % 2)))
    assert found.severity == "fine"
