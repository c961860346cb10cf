"""What comes in as one kind of table goes out as the same."""

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.native import like, rows_like
from taskfusion.data.table import from_table

FRAME = pl.DataFrame({"click": [0.25, None, 0.5], "kind": ["binary", "b", "c"], "level": [1, 2, 3]})


def _record_batch(frame: pl.DataFrame) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(frame.to_dicts(), schema=frame.to_arrow().schema)


MAKERS: dict[type[Any], Any] = {
    pl.DataFrame: lambda frame: frame,
    pd.DataFrame: lambda frame: pd.DataFrame(frame.to_dict(as_series=False)),
    pa.Table: lambda frame: frame.to_arrow(),
    pa.RecordBatch: _record_batch,
}


@pytest.mark.parametrize("kind", MAKERS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("rows", [0, 3])
def test_the_kind_stays_and_so_do_the_values(kind: type[Any], rows: int) -> None:
    table = MAKERS[kind](pl.DataFrame({"x": range(rows)}))
    for made in (like(table, FRAME.head(rows)), rows_like(table, FRAME.head(rows))):
        assert type(made) is kind
        assert from_table(made).equals(FRAME.head(rows))


def test_chunks_are_joined_in_a_record_batch() -> None:
    both = pl.concat([FRAME, FRAME], rechunk=False)
    made = like(_record_batch(FRAME), both)
    assert pl.DataFrame(made).equals(both)


def test_of_a_lazy_frame_the_result_is_computed() -> None:
    assert rows_like(FRAME.lazy(), FRAME) is FRAME


@given(st.lists(st.integers(0, 5), max_size=6))
def test_pandas_rows_keep_their_index(index: list[int]) -> None:
    table = pd.DataFrame({"x": range(len(index))}, index=index)
    made = rows_like(table, pl.DataFrame({"y": range(len(index))}))
    assert made.index.equals(table.index)
    assert made["y"].tolist() == list(range(len(index)))
