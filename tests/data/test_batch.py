import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.batch import Batch


def make(num_rows: int, *, extras: bool = True) -> Batch:
    count = torch.arange(num_rows)
    return Batch(
        ids_BF=torch.stack([count, count + 1], dim=1).int(),
        bags=(count.int()[:, None].expand(-1, 3).contiguous(),),
        numeric_BN=count[:, None].float(),
        label_BT=torch.stack([count, count + 10, count + 20], dim=1).float(),
        weight_BT=torch.ones(num_rows, 3),
        group_B=count if extras else None,
        truth_BT=torch.stack([count, count + 0.5, count + 0.25], dim=1) if extras else None,
    )


def same(left: Batch, right: Batch) -> bool:
    pairs = list(zip(left.tensors(), right.tensors(), strict=True))
    return all(a.dtype == b.dtype and torch.equal(a, b) for a, b in pairs)


def test_len_and_bytes() -> None:
    batch = make(5)
    assert len(batch) == 5
    assert batch.num_bytes == 5 * (2 * 4 + 3 * 4 + 4 + 3 * 4 + 3 * 4 + 8 + 3 * 4)
    assert make(5, extras=False).num_bytes == 5 * (2 * 4 + 3 * 4 + 4 + 3 * 4 + 3 * 4)


@given(st.lists(st.integers(0, 6), max_size=9), st.booleans())
def test_rows_by_number_and_by_slice(index: list[int], extras: bool) -> None:
    batch = make(7, extras=extras)
    chosen = batch.rows(torch.tensor(index, dtype=torch.int64))
    assert len(chosen) == len(index)
    assert chosen.ids_BF[:, 0].tolist() == index
    assert [row[2] for row in chosen.bags[0].tolist()] == index
    assert chosen.label_BT[:, 1].tolist() == [number + 10 for number in index]
    assert (chosen.group_B is None) == (not extras)
    assert same(batch.rows(slice(2, 5)), batch.rows(torch.tensor([2, 3, 4])))


def test_tasks_keeps_the_columns_in_the_given_order() -> None:
    batch = make(2).tasks([2, 0])
    assert batch.label_BT.tolist() == [[20, 0], [21, 1]]
    assert batch.weight_BT.shape == (2, 2)
    assert batch.truth_BT is not None
    assert batch.truth_BT.tolist() == [[0.25, 0], [1.25, 1]]
    assert make(2, extras=False).tasks([1]).truth_BT is None


def test_to_moves_every_tensor() -> None:
    assert {tensor.device.type for tensor in make(2).to("meta").tensors()} == {"meta"}


@pytest.mark.parametrize("extras", [True, False])
def test_arrays_and_tensors_share_their_memory(extras: bool) -> None:
    batch = make(4, extras=extras)
    arrays = batch.numpy()
    again = Batch.of(arrays)
    assert same(again, batch)
    for tensor, array in zip(again.tensors(), arrays.arrays(), strict=True):
        assert np.shares_memory(tensor.numpy(), array)


def test_memory_that_cannot_be_written_to_is_copied() -> None:
    arrays = make(4).numpy()
    arrays.ids_BF.flags.writeable = False
    batch = Batch.of(arrays)
    batch.ids_BF[0, 0] = 9
    assert arrays.ids_BF[0, 0] == 0
