"""Gaps that come with a day, a split or a segment are told."""

import polars as pl

from audit_log import audit_rows
from taskfusion.inspect.audit.missing import missing


def test_a_clean_table_and_even_gaps_are_fine() -> None:
    third = pl.when(pl.int_range(pl.len()) % 3 > 0).then("age")
    for rows in (audit_rows(), audit_rows(lambda log: log.with_columns(age=third))):
        assert [one.severity for one in missing(rows)] == ["fine"]


def test_a_feature_that_stops_being_logged() -> None:
    gone = pl.when(pl.col("time").dt.day() < 8).then("age")
    (found,) = missing(audit_rows(lambda log: log.with_columns(age=gone)))
    assert found.subject == "feature 'age'"
    assert "100" in found.seen
    assert "of period 2024-01-08" in found.seen


def test_values_that_do_not_come_back() -> None:
    rows = audit_rows(late=lambda log: log.with_columns(item_id="new " + pl.col("item_id")))
    assert [one.subject for one in missing(rows)] == ["feature 'item_id'"]


def test_labels_that_are_known_in_some_segments_only() -> None:
    seen = pl.when(pl.col("device") != "web").then("like")
    (found,) = missing(audit_rows(lambda log: log.with_columns(like=seen)))
    assert found.subject == "task 'like'"
    assert "by 'device'" in found.seen


def test_values_that_are_missing_or_unknown_in_one_segment() -> None:
    gone = pl.when(pl.col("device") != "web").then("age")
    (found,) = missing(audit_rows(lambda log: log.with_columns(age=gone)))
    assert found.subject == "feature 'age'"
    assert "missing in 0\u202f% to 100\u202f% of the rows, by 'device'" in found.seen
    rare = pl.when(pl.col("device") == "web").then("item " + pl.int_range(pl.len()).cast(pl.String))
    (found,) = missing(audit_rows(lambda log: log.with_columns(item_id=rare.otherwise("item_id"))))
    assert found.subject == "feature 'item_id'"
    assert "rare or new" in found.seen
