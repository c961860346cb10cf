from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from support import experiment, label_statistics, log_table
from taskfusion.base.errors import DataError
from taskfusion.data import dataset as dataset_module
from taskfusion.data import table as table_module
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import MemoryDataset, StreamDataset, row_encoder
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.learn import example_columns, learn
from taskfusion.data.table import scan

SCHEMA = experiment().table_schema
LARGE = 1 << 40


@pytest.fixture(autouse=True, scope="module")
def small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_module, "BLOCK_ROWS", 64)
        patch.setattr(dataset_module, "BLOCK_ROWS", 64)
        yield


def same(left: Batch, right: Batch) -> bool:
    pairs = list(zip(left.tensors(), right.tensors(), strict=True))
    return all(a.dtype == b.dtype and torch.equal(a, b) for a, b in pairs)


@given(st.integers(40, 300), st.integers(0, 3))
def test_one_pass_is_three(num_rows: int, seed: int) -> None:
    """As labels counted, encoder fitted and rows encoded one after the other."""
    frame = log_table(num_rows, seed).lazy()
    found = learn(frame, SCHEMA, memory_bytes=LARGE)
    encoder = FeatureEncoder.fit(frame, SCHEMA.features)
    assert found.statistics == label_statistics(frame, SCHEMA)
    assert found.encoder.layout == encoder.layout
    assert isinstance(found.rows, MemoryDataset)
    assert same(found.rows.batch, row_encoder(encoder, SCHEMA)(frame.collect()))


def test_tables_that_do_not_fit_twice_are_read_again() -> None:
    frame = log_table(300).lazy()
    whole = learn(frame, SCHEMA, memory_bytes=LARGE)
    assert isinstance(whole.rows, MemoryDataset)
    num_bytes = whole.rows.batch.num_bytes
    for memory_bytes, kind in [(num_bytes, MemoryDataset), (num_bytes // 2, StreamDataset)]:
        again = learn(frame, SCHEMA, memory_bytes=memory_bytes)
        assert isinstance(again.rows, kind)
        assert again.statistics == whole.statistics
        assert again.encoder.layout == whole.encoder.layout
        (batch,) = again.rows.batches(300)
        assert same(batch, whole.rows.batch)


def test_only_columns_that_mean_something_are_read(tmp_path: Path) -> None:
    table = log_table(50).with_columns(extra=pl.lit("x"))
    table.write_parquet(tmp_path / "t.parquet")
    frame = scan(tmp_path / "t.parquet")
    columns = ["user_id", "item_id", "age", "tags", "history", "click", "seconds", "reaction"]
    assert example_columns(frame, SCHEMA) == columns
    assert example_columns(frame, SCHEMA.model_copy(update={"group": "time"}))[5] == "time"
    rows = learn(frame.select(columns), SCHEMA, memory_bytes=LARGE).rows
    assert same(next(rows.batches(50)), next(learn(frame, SCHEMA, memory_bytes=LARGE).rows.batches(50)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"age": pl.lit("old")}, "feature 'age' is numeric"),
        ({"click": pl.lit(3)}, "label of task 'click' should be 0 or 1"),
        ({"user_id": pl.lit(0.5)}, "feature 'user_id' should hold ids"),
    ],
)
@pytest.mark.parametrize("memory_bytes", [1, LARGE])
def test_what_cannot_be_used_is_named(change: dict[str, Any], message: str, memory_bytes: int) -> None:
    with pytest.raises(DataError, match=message):
        learn(log_table(100).lazy().with_columns(**change), SCHEMA, memory_bytes=memory_bytes)


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(DataError, match="should hold rows, but holds none"):
        learn(log_table(10).clear().lazy(), SCHEMA, memory_bytes=LARGE)
