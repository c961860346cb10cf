import numpy as np
import pytest

from taskfusion.data.rows import EncodedRows, feature_rows


def make(num_rows: int, *, extras: bool = True) -> EncodedRows:
    count = np.arange(num_rows)
    numbers_B3 = np.stack([count, count + 10, count + 20], axis=1).astype(np.float32)
    return EncodedRows(
        ids_BF=np.stack([count, count + 1], axis=1).astype(np.int32),
        bags=(np.repeat(count.astype(np.int32)[:, None], 3, axis=1),),
        numeric_BN=count[:, None].astype(np.float32),
        label_BT=numbers_B3,
        weight_BT=np.ones_like(numbers_B3),
        group_B=count if extras else None,
        truth_BT=numbers_B3 / 2 if extras else None,
    )


def test_len_and_bytes() -> None:
    assert len(make(5)) == 5
    assert make(5).num_bytes == 5 * (2 * 4 + 3 * 4 + 4 + 3 * 4 + 3 * 4 + 8 + 3 * 4)
    assert make(5, extras=False).num_bytes == 5 * (2 * 4 + 3 * 4 + 4 + 3 * 4 + 3 * 4)


@pytest.mark.parametrize("extras", [True, False])
def test_some_rows_are_views_of_every_array(extras: bool) -> None:
    whole = make(7, extras=extras)
    some = whole.rows(slice(2, 5))
    assert len(some) == 3
    for part, array in zip(some.arrays(), whole.arrays(), strict=True):
        np.testing.assert_array_equal(part, array[2:5])
        assert np.shares_memory(part, array)


def test_columns_side_by_side_stay_together_in_memory() -> None:
    ids, numbers = [np.array([1, 2], np.int32), np.array([3, 4], np.int32)], [np.array([[0.5], [1.5]], np.float32)]
    rows = feature_rows(2, ids, [], numbers)
    assert rows.ids_BF.tolist() == [[1, 3], [2, 4]]
    assert rows.ids_BF.T.flags.c_contiguous
    assert rows.numeric_BN.tolist() == [[0.5], [1.5]]
    assert rows.label_BT.shape == rows.weight_BT.shape == (2, 0)


def test_no_columns_have_their_types_all_the_same() -> None:
    rows = feature_rows(3, [], [], [])
    assert (rows.ids_BF.shape, rows.ids_BF.dtype) == ((3, 0), np.dtype(np.int32))
    assert (rows.numeric_BN.shape, rows.numeric_BN.dtype) == ((3, 0), np.dtype(np.float32))
