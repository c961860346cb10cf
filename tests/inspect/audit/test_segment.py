"""Segments are counted as a plain filter counts them, and small ones are named."""

import polars as pl
import pytest

from audit_log import audit_rows
from taskfusion.inspect.audit.segment import label_findings, segment_findings, segments


def test_counts_are_those_of_a_filter() -> None:
    rows = audit_rows()
    holdout = rows.frame.filter(pl.col("time").dt.day() > 8)
    found = {one.value: one for one in segments(rows)}
    assert set(found) == {"ios", "android", "web"}
    for value, one in found.items():
        of_value = holdout.filter(pl.col("device") == value)
        assert one.rows == one.known["click"] == len(of_value)
        assert one.means == pytest.approx({"click": of_value["click"].mean(), "like": of_value["like"].mean()})
        assert one.positives == {"click": of_value["click"].sum(), "like": of_value["like"].sum()}
    assert [one.severity for one in segment_findings(list(found.values()))] == ["fine"]


def test_a_small_segment_is_watched() -> None:
    small = pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.lit("tv")).otherwise("device")
    found = list(segments(audit_rows(lambda log: log.with_columns(device=small))))
    (finding,) = segment_findings(found)
    assert finding.severity == "watch"
    assert "1 of 4 segments" in finding.seen
    assert list(segment_findings([])) == []


def test_a_yes_that_is_not_logged_in_one_segment_is_told() -> None:
    silent = pl.when(pl.col("device") == "web").then(0).otherwise("click")
    (finding,) = label_findings(list(segments(audit_rows(lambda log: log.with_columns(click=silent)))))
    assert finding.subject == "task 'click'"
    assert "where device is web" in finding.seen
    assert list(label_findings(list(segments(audit_rows())))) == []
    assert list(label_findings([])) == []
