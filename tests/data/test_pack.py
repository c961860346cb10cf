import torch
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.batch import Batch
from taskfusion.data.pack import PackedRows, join


def make(num_rows: int, *, extras: bool, features: int = 2) -> Batch:
    """Columns that differ, of odd and even widths, stored row by row and column by column."""
    count = torch.arange(num_rows)
    return Batch(
        ids_BF=torch.stack([count + place for place in range(features)]).int().T
        if features
        else torch.zeros(num_rows, 0, dtype=torch.int32),
        bags=(count.int()[:, None].expand(-1, 3), 7 * count.int()[:, None]),
        numeric_BN=count[:, None] / 7,
        label_BT=torch.stack([count, count + 10, count + 20], dim=1).float(),
        weight_BT=torch.ones(num_rows, 3),
        group_B=2**62 + count if extras else None,
        truth_BT=torch.full((num_rows, 3), torch.nan) if extras else None,
    )


def same(left: Batch, right: Batch) -> bool:
    pairs = list(zip(left.tensors(), right.tensors(), strict=True))
    return all(a.dtype == b.dtype and torch.equal(a.nan_to_num(-7), b.nan_to_num(-7)) for a, b in pairs)


@given(st.integers(0, 9), st.booleans(), st.integers(0, 3))
def test_packed_rows_are_the_batch(num_rows: int, extras: bool, features: int) -> None:
    batch = make(num_rows, extras=extras, features=features)
    rows = PackedRows.of(batch)
    assert len(rows) == num_rows
    assert same(rows.batch, batch)
    assert (rows.batch.group_B is None) == (not extras)
    assert rows.batch.num_bytes == batch.num_bytes


@given(st.lists(st.integers(0, 6), max_size=9), st.booleans())
def test_rows_by_number_and_by_slice(index: list[int], extras: bool) -> None:
    batch = make(7, extras=extras)
    rows = PackedRows.of(batch)
    chosen = torch.tensor(index, dtype=torch.int64)
    assert same(rows.rows(chosen).batch, batch.rows(chosen))
    for part in (slice(1, 6), slice(3, None), slice(7, 9)):
        assert same(rows.rows(part).batch, batch.rows(part))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.booleans())
def test_parts_put_or_joined_are_the_whole(lengths: list[int], extras: bool) -> None:
    batch, start = make(sum(lengths), extras=extras), 0
    put, parts = PackedRows.empty(batch, len(batch)), []
    for length in lengths:
        part = batch.rows(slice(start, start + length))
        put.put(start, part)
        parts.append(PackedRows.of(part))
        start += length
    assert same(put.batch, batch)
    assert same(join(parts).batch, batch)


def test_a_batch_of_packed_rows_shares_their_memory() -> None:
    rows = PackedRows.of(make(5, extras=True))
    rows.rows(slice(2, 4)).batch.label_BT[0, 1] = -1
    assert rows.batch.label_BT[2, 1] == -1
    assert join([rows]) is rows
