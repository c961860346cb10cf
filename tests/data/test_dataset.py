import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.data import dataset as dataset_module
from taskfusion.data import table as table_module
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import BLOCK_ROWS, Dataset, MemoryDataset, StreamDataset, open_dataset

SMALL_BLOCK = 16


def encode(frame: pl.DataFrame) -> Batch:
    row_B = frame["row"].to_torch()
    return Batch(
        ids_BF=row_B[:, None].int(),
        bags=(row_B[:, None].int().expand(-1, 2),),
        numeric_BN=row_B[:, None].float(),
        label_BT=row_B[:, None].float() % 2,
        weight_BT=torch.ones(len(row_B), 1),
        group_B=row_B,
    )


def table(num_rows: int) -> pl.LazyFrame:
    return pl.LazyFrame({"row": range(num_rows)}, schema={"row": pl.Int64})


def both(num_rows: int) -> list[Dataset]:
    return [MemoryDataset(encode(table(num_rows).collect())), StreamDataset(table(num_rows), encode, num_rows)]


def numbers(batches: Iterator[Batch]) -> list[list[int]]:
    found = []
    for batch in batches:
        rows = batch.ids_BF[:, 0].tolist()
        assert batch.bags[0][:, 1].tolist() == rows
        assert batch.numeric_BN[:, 0].tolist() == rows
        assert batch.group_B is not None
        assert batch.group_B.tolist() == rows
        found.append(rows)
    return found


@pytest.fixture(autouse=True, scope="module")
def small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_module, "BLOCK_ROWS", SMALL_BLOCK)
        patch.setattr(dataset_module, "BLOCK_ROWS", SMALL_BLOCK)
        yield


@settings(max_examples=60)
@given(st.integers(1, 70), st.integers(1, 40), st.none() | st.integers(0, 2**40), st.integers(0, 6))
def test_an_epoch_is_every_row_once_and_skipping_is_exact(
    num_rows: int, batch_size: int, seed: int | None, skip: int
) -> None:
    for dataset in both(num_rows):
        assert dataset.num_rows == num_rows
        whole = numbers(dataset.batches(batch_size, shuffle_seed=seed))
        rows = [row for batch in whole for row in batch]
        assert Counter(rows) == Counter(range(num_rows))
        assert all(len(batch) == batch_size for batch in whole[:-1])
        assert 0 < len(whole[-1]) <= batch_size
        if seed is None:
            assert rows == list(range(num_rows))
        assert numbers(dataset.batches(batch_size, shuffle_seed=seed)) == whole
        assert numbers(dataset.batches(batch_size, shuffle_seed=seed, skip=skip)) == whole[skip:]


def test_a_stream_shuffles_within_blocks_and_memory_everywhere() -> None:
    memory, stream = both(8 * SMALL_BLOCK)
    for start, rows in enumerate(numbers(stream.batches(SMALL_BLOCK, shuffle_seed=1))):
        assert sorted(rows) == list(range(start * SMALL_BLOCK, (start + 1) * SMALL_BLOCK))
        assert rows != sorted(rows)
    first = numbers(memory.batches(SMALL_BLOCK, shuffle_seed=1))[0]
    assert max(first) - min(first) > 2 * SMALL_BLOCK


@pytest.mark.parametrize("which", [0, 1])
def test_seeds_and_blocks_have_orders_of_their_own(which: int) -> None:
    orders = [numbers(both(64)[which].batches(SMALL_BLOCK, shuffle_seed=seed)) for seed in range(20)]
    assert len({str(order) for order in orders}) == 20
    blocks = [str([row % SMALL_BLOCK for row in rows]) for order in orders for rows in order]
    assert len(set(blocks)) == len(blocks)


def test_skipped_blocks_are_not_encoded() -> None:
    encoded: list[int] = []

    def counting(frame: pl.DataFrame) -> Batch:
        encoded.append(frame["row"][0])
        return encode(frame)

    stream = StreamDataset(table(100), counting, 100)
    assert numbers(stream.batches(10, skip=5))[0] == list(range(50, 60))
    assert encoded == [48, 64, 80, 96]


def test_rows_are_held_where_they_fit_and_streamed_where_not() -> None:
    size = encode(table(100).collect()).num_bytes
    memory = open_dataset(table(100), encode, memory_bytes=size)
    stream = open_dataset(table(100), encode, memory_bytes=size - 1)
    assert isinstance(memory, MemoryDataset)
    assert isinstance(stream, StreamDataset)
    assert memory.num_rows == stream.num_rows == 100
    assert numbers(memory.batches(7)) == numbers(stream.batches(7))
    assert memory.batch.num_bytes == size


def test_a_large_batch_spans_many_blocks() -> None:
    (_, stream) = both(100)
    assert [len(batch) for batch in stream.batches(3 * SMALL_BLOCK)] == [48, 48, 4]


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(DataError, match="should hold rows, but holds none"):
        open_dataset(table(0), encode, memory_bytes=10)


def test_what_encoding_finds_wrong_reaches_the_caller() -> None:
    def refuse(frame: pl.DataFrame) -> Any:
        raise DataError("no")

    with pytest.raises(DataError, match="no"):
        open_dataset(table(3), refuse, memory_bytes=10)
    with pytest.raises(DataError, match="no"):
        next(StreamDataset(table(3), refuse, 3).batches(1))


@pytest.mark.parametrize("seed", [None, 3])
def test_an_error_in_a_later_block_comes_after_the_rows_before_it(seed: int | None) -> None:
    def refuse_the_third(frame: pl.DataFrame) -> Batch:
        if frame["row"][0] == 2 * SMALL_BLOCK:
            raise DataError("no")
        return encode(frame)

    batches = StreamDataset(table(100), refuse_the_third, 100).batches(SMALL_BLOCK, shuffle_seed=seed)
    assert [len(next(batches)), len(next(batches))] == [SMALL_BLOCK, SMALL_BLOCK]
    with pytest.raises(DataError, match="no"):
        next(batches)


def test_a_stream_left_early_stops_reading() -> None:
    encoded: list[int] = []

    def counting(frame: pl.DataFrame) -> Batch:
        encoded.append(frame["row"][0])
        return encode(frame)

    threads = threading.active_count()
    for _ in StreamDataset(table(100), counting, 100).batches(5):
        break
    assert encoded in ([0], [0, SMALL_BLOCK])
    assert threading.active_count() == threads


def test_batches_of_a_stream_stay_as_they_are() -> None:
    """Memory of a block may be used again, that of a batch not."""
    stream = both(100)[1]
    kept = list(stream.batches(5, shuffle_seed=1))
    assert numbers(iter(kept)) == numbers(stream.batches(5, shuffle_seed=1))


def test_blocks_have_the_documented_size() -> None:
    assert BLOCK_ROWS == 65_536
