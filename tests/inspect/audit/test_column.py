"""Columns that give segments: those that are named, else a plain choice."""

import polars as pl
import pytest

from audit_log import audit_rows
from taskfusion.base.errors import DataError
from taskfusion.evaluate.segment import SegmentColumn
from taskfusion.inspect.audit.column import MOST_VALUES, segment_columns


def counts(column: SegmentColumn) -> dict[str, int]:
    return {value: int((column.code_B == code).sum()) for code, value in enumerate(column.values)}


def test_the_group_comes_first_then_few_values_then_numbers() -> None:
    rows = audit_rows(lambda log: log.with_columns(user_id=pl.when(pl.col("time").dt.day() < 3).then("user_id")))
    columns, left_out = segment_columns(audit_rows(), audit_rows().of_split("test"), ())
    assert [one.name for one in columns] == ["device", "age"]  # all users have 10 to 99 training rows
    assert left_out == []
    later = segment_columns(rows, rows.of_split("train"), ())[0][0]
    assert later.name == "training rows of user_id"


def test_new_users_are_those_without_training_rows() -> None:
    new = pl.when((pl.col("time").dt.day() == 10) & (pl.col("user_id") < 50)).then(pl.col("user_id") + 1000)
    rows = audit_rows(lambda log: log.with_columns(user_id=new.otherwise("user_id")))
    (column,), _ = segment_columns(rows, rows.of_split("test"), ["user_id"])
    day = rows.frame.filter(pl.col("time").dt.day() == 10)
    assert counts(column)["none"] == len(day.filter(pl.col("user_id") >= 1000))


def test_numbers_are_cut_by_the_training_rows_and_gaps_are_a_segment() -> None:
    rows = audit_rows(lambda log: log.with_columns(age=pl.when(pl.int_range(pl.len()) % 7 > 0).then("age")))
    (column,), _ = segment_columns(rows, rows.of_split("train"), ["age"])
    found = counts(column)
    assert list(found)[-1] == "missing"
    known = [rows for value, rows in found.items() if value != "missing"]
    assert len(known) == 4
    assert max(known) < 1.2 * min(known)
    assert next(iter(found)).startswith("up to ")


def test_values_of_a_column_beside_the_features_are_taken_as_they_are() -> None:
    city = pl.Series(["a", "b", None]).gather(pl.int_range(6000, eager=True) % 3)
    rows = audit_rows(lambda log: log.with_columns(city=city, level=pl.int_range(pl.len()) % 3))
    in_B = rows.of_split("train")
    (text, level), _ = segment_columns(rows, in_B, ["city", "level", "city"])
    assert counts(text) == {"a": 1600, "b": 1600, "missing": 1600, "other values": 0}
    assert [value for value, n in counts(level).items() if n] == ["0", "1", "2"]
    (items,), _ = segment_columns(rows, in_B, ["item_id"])
    assert len(items.values) == MOST_VALUES + 1
    assert counts(items)["other values"] > 0


def test_what_is_no_column_or_holds_lists_is_refused() -> None:
    rows = audit_rows()
    with pytest.raises(DataError, match="did you mean 'device'"):
        segment_columns(rows, rows.of_split("test"), ["devise"])
    with pytest.raises(DataError, match="lists"):
        segment_columns(rows, rows.of_split("test"), ["tags"])
