"""A feature that moved after training is to be fixed; one that always moves is watched."""

import polars as pl

from audit_log import audit_rows
from taskfusion.inspect.audit.drift import FALSE_SHARE, drift_findings, feature_drift


def test_a_clean_table_does_not_move() -> None:
    found = feature_drift(audit_rows())
    assert {one.feature for one in found} == {"device", "age", "tags (how many)"}
    assert min(one.p_value for one in found) > FALSE_SHARE / 10
    assert [one.severity for one in drift_findings(found)] == ["fine"]


def test_a_shift_after_training_is_found_and_nothing_else() -> None:
    (found,) = drift_findings(feature_drift(audit_rows(late=lambda log: log.with_columns(pl.col("age") + 15))))
    assert (found.severity, found.subject) == ("fix", "feature 'age'")


def test_what_moves_with_time_is_watched() -> None:
    rising = audit_rows(lambda log: log.with_columns(pl.col("age") + 10 * pl.col("time").dt.day()))
    (found,) = drift_findings(feature_drift(rising))
    assert found.severity == "watch"
    assert "moves with time" in found.advice
