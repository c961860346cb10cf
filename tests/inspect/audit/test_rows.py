"""Rows of all splits stand side by side, with what names an impression."""

import polars as pl
import pytest

from audit_log import A_DAY, SCHEMA, audit_rows, clean_log, tables
from taskfusion.inspect.audit import rows as module
from taskfusion.inspect.audit.rows import low_cardinality, read_audit_rows


def test_splits_key_and_time_are_found() -> None:
    rows = audit_rows()
    assert rows.key == ("user_id", "item_id", "time")
    assert rows.time == "time"
    assert rows.splits == ("train", "validation", "test")
    assert [int(rows.of_split(name).sum()) for name in rows.splits] == [8 * A_DAY, A_DAY, A_DAY]
    assert rows.periods[0] == "2024-01-01"
    assert len(rows.periods) == 10
    assert [name for name, _ in low_cardinality(rows, 20)] == ["device"]
    assert rows.clusters().max() + 1 == clean_log()["user_id"].n_unique()


def test_a_large_table_is_read_by_whole_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 3000)
    rows = read_audit_rows(tables(), SCHEMA, None)
    assert rows.share == 0.5
    log = clean_log()
    whole = log.filter(pl.col("user_id").is_in(rows.frame["user_id"].unique().implode()))
    assert len(whole) == len(rows.frame) < 4000
