"""Duplicates are found by user, item and time, and labels that differ between them."""

import polars as pl

from audit_log import audit_rows
from taskfusion.inspect.audit.grain import grain


def _doubled(log: pl.DataFrame, rows: int, *, flip: bool) -> pl.DataFrame:
    again = log.head(rows).with_columns(click=1 - pl.col("click")) if flip else log.head(rows)
    return pl.concat([log, again])


def test_a_clean_table_has_one_row_per_impression() -> None:
    (found,) = grain(audit_rows())
    assert (found.severity, found.seen) == ("fine", "each row is one user_id, item_id and time")


def test_duplicates_are_counted_and_have_to_be_fixed() -> None:
    (found,) = grain(audit_rows(lambda log: _doubled(log, 300, flip=False)))
    assert found.severity == "fix"
    assert "300 of 6,300 rows" in found.seen
    assert "differ" not in found.seen


def test_several_labels_of_an_impression_are_told() -> None:
    (found,) = grain(audit_rows(lambda log: _doubled(log, 300, flip=True)))
    assert "600 rows differ from their repeats in the label of click" in found.seen


def test_few_are_watched_and_without_a_key_nobody_can_tell() -> None:
    (few,) = grain(audit_rows(lambda log: _doubled(log, 5, flip=False)))
    assert few.severity == "watch"
    (found,) = grain(
        audit_rows(
            lambda log: (
                _doubled(log, 300, flip=False)
                .rename({"item_id": "x"})
                .with_columns(item_id=pl.lit("a").cast(pl.String) + pl.col("x"), x=pl.col("x"))
            )
        )
    )
    assert "300" in found.seen


def test_a_join_with_the_events_of_a_task_is_named() -> None:
    found = list(grain(audit_rows(lambda log: pl.concat([log, log.filter(pl.col("like") == 1)]))))
    named = [one for one in found if one.subject == "task 'like'"]
    assert [one.severity for one in named] == ["fix"]
    assert "100.0 % of the impressions that repeat" in named[0].seen
    assert all(
        one.subject == "rows of the table" for one in grain(audit_rows(lambda log: _doubled(log, 300, flip=False)))
    )
