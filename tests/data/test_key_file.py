from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.arrays import write_arrays
from taskfusion.data.key_file import read_keys, read_numbers, write_integers, write_numbers, write_texts


@given(st.lists(st.text()))
def test_texts_are_read_as_written(tmp_path_factory: pytest.TempPathFactory, keys: list[str]) -> None:
    path = tmp_path_factory.mktemp("keys") / "vocabulary_0.safetensors"
    keys = sorted(set(keys))
    write_texts(path, keys)
    assert read_keys(path) == ("String", keys)


@pytest.mark.parametrize(
    ("keys", "dtype"),
    [([-(2**63), 0, 2**63 - 1], pl.Int64), ([0, 2**64 - 1], pl.UInt64), (["", "é"], pl.String), ([], pl.String)],
)
def test_files_of_earlier_runs_hold_the_same(
    keys: list[int] | list[str], dtype: type[pl.DataType], tmp_path: Path
) -> None:
    series = pl.Series("key", keys, dtype=dtype)
    series.to_frame().write_parquet(tmp_path / "old.parquet")
    if dtype == pl.String:
        write_texts(tmp_path / "new.safetensors", series.to_list())
    else:
        write_integers(tmp_path / "new.safetensors", series.to_numpy())
    assert read_keys(tmp_path / "new.safetensors") == read_keys(tmp_path / "old.parquet") == (str(dtype()), keys)


def test_numbers_keep_their_32_bits(tmp_path: Path) -> None:
    number_C = np.array([0.1, -1.5], dtype=np.float32)
    write_numbers(tmp_path / "new.safetensors", number_C)
    pl.DataFrame({"number": number_C}).write_parquet(tmp_path / "old.parquet")
    for name in ("new.safetensors", "old.parquet"):
        found = read_numbers(tmp_path / name)
        assert found.dtype == np.float32
        assert found.tolist() == number_C.tolist()


@pytest.mark.parametrize(
    "arrays",
    [
        {"key": np.zeros(2, dtype=np.float32)},
        {"text": np.zeros(3, dtype=np.uint8), "offset": np.array([0, 2, 1, 3])},
        {"text": np.zeros(3, dtype=np.uint8), "offset": np.array([0, 4])},
        {"text": np.full(3, 255, dtype=np.uint8), "offset": np.array([0, 3])},
        {"key": np.array([1, 1])},
        {"key": np.array([3, 2], dtype=np.uint64)},
        {"text": np.array([98, 97], dtype=np.uint8), "offset": np.array([0, 1, 2])},
    ],
)
def test_what_makes_no_keys_is_refused(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    write_arrays(tmp_path / "bad.safetensors", arrays, {})
    with pytest.raises(ValueError, match=r"keys of type|one after the other|decode|ascend"):
        read_keys(tmp_path / "bad.safetensors")
