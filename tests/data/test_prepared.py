"""From tables to encoded parts, and by what they are known again."""

import polars as pl
import pytest

from support import FEATURES, experiment, log_table
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import Fingerprint, encode_splits


def _fingerprint(
    train: pl.DataFrame, *, memory_gib: float = 1, chosen: Experiment | None = None, tasks: tuple[int, ...] = (0, 1, 2)
) -> Fingerprint:
    parts = {"train": train.lazy(), "validation": log_table(100, 1).lazy()}
    data = encode_splits(parts, (chosen or experiment()).table_schema, memory_gib=memory_gib)
    return data.only(tasks).fingerprint


@pytest.mark.parametrize("memory_gib", [0, 1])
@pytest.mark.parametrize("tasks", [(0,), (2, 1)])
def test_a_fingerprint_is_of_the_rows_not_of_how_they_are_held(memory_gib: float, tasks: tuple[int, ...]) -> None:
    whole = _fingerprint(log_table(300))
    assert _fingerprint(log_table(300), memory_gib=memory_gib, tasks=tasks) == whole
    assert whole.rows == {"train": 300, "validation": 100}
    assert whole.change_from(whole) is None


def test_numbers_count_up_to_rounding() -> None:
    table = log_table(300)
    moved = table.with_columns(age=pl.col("age") * (1 + 1e-15))
    assert _fingerprint(moved).change_from(_fingerprint(table)) is None


@pytest.mark.parametrize("column", ["user_id", "item_id", "tags"])
def test_a_late_value_of_a_vocabulary_is_seen(column: str) -> None:
    table = log_table(8400)
    other = {"user_id": 7, "item_id": "new", "tags": "new"}[column]
    late = table.with_columns(
        pl.when(pl.col("time") > 8300).then(pl.lit(other)).otherwise(pl.col(column)).alias(column)
    )
    change = _fingerprint(late).change_from(_fingerprint(table))
    assert change is not None
    assert column in change


def test_another_number_of_buckets_is_seen() -> None:
    def hashed(buckets: int) -> Fingerprint:
        features = [FEATURES[0] | {"hash_buckets": buckets}, *FEATURES[1:]]
        return _fingerprint(log_table(300), chosen=experiment(features=features))

    assert hashed(50).vocabularies["user_id"] == hashed(50).vocabularies["user_id"]
    assert "user_id" in (hashed(51).change_from(hashed(50)) or "")
