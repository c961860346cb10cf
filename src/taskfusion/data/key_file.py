"""Keys of a vocabulary and numbers by code as files that NumPy alone reads; Parquet of earlier runs is read too.

Axes: K keys, C codes.
"""

from collections.abc import Mapping
from itertools import pairwise
from operator import lt
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from taskfusion.base.arrays import write_arrays
from taskfusion.data.encoder_record import SavedHashing, SavedVocabulary

Saved = SavedVocabulary | SavedHashing

KeyType = Literal["Int64", "UInt64", "String"]

_KEY, _TEXT, _OFFSET, _NUMBER = "key", "text", "offset", "number"
_TYPES: Final[dict[str, KeyType]] = {"int64": "Int64", "uint64": "UInt64"}


def write_integers(path: Path, key_K: npt.NDArray[Any]) -> None:
    """Write keys that are 64-bit integers, signed or not."""
    write_arrays(path, {_KEY: key_K}, {})


def write_texts(path: Path, keys: list[str]) -> None:
    """Write keys that are texts: their UTF-8 bytes one after the other, and where each begins and the last one ends."""
    content = [key.encode() for key in keys]
    offset = np.zeros(len(content) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in content], out=offset[1:])
    write_arrays(path, {_TEXT: np.frombuffer(b"".join(content), dtype=np.uint8), _OFFSET: offset}, {})


def write_numbers(path: Path, number_C: npt.NDArray[np.float32]) -> None:
    """Write a number for each code."""
    write_arrays(path, {_NUMBER: number_C}, {})


def read_keys(path: Path) -> tuple[KeyType, list[int] | list[str]]:
    """The keys [K] and their type.

    Raises:
        Exception: whatever the reader of a damaged file raises; ValueError where the content makes no keys.
    """
    if path.suffix == ".parquet":
        column = _parquet_column(path, _KEY)
        return _TYPES.get(str(column.type), "String"), _ascending(column.to_pylist())
    with safe_open(path, framework="numpy") as file:
        if _KEY in file.keys():  # noqa: SIM118  no dictionary
            key_K = file.get_tensor(_KEY)
            if key_K.ndim != 1 or str(key_K.dtype) not in _TYPES:
                raise ValueError(f"keys of type {key_K.dtype} and {key_K.ndim} dimensions")
            return _TYPES[str(key_K.dtype)], _ascending(key_K.tolist())
        content, offset = file.get_tensor(_TEXT).tobytes(), file.get_tensor(_OFFSET).tolist()
    if offset[0] != 0 or offset[-1] != len(content) or sorted(offset) != offset:
        raise ValueError("texts that do not lie one after the other")
    return "String", _ascending([content[start:end].decode() for start, end in pairwise(offset)])


def _ascending(keys: list[Any]) -> list[Any]:
    """Keys whose order is that of their codes; ValueError where it is none."""
    if not all(map(lt, keys, keys[1:])):
        raise ValueError("keys that do not ascend")
    return keys


def read_frequencies(tables: Mapping[str, Saved], directory: Path) -> dict[str, npt.NDArray[np.float32]]:
    """A number [C] for each code of the tables that have such, by table; raises as read_keys does."""
    return {
        name: read_numbers(directory / table.frequency) for name, table in tables.items() if table.frequency is not None
    }


def read_numbers(path: Path) -> npt.NDArray[np.float32]:
    """The numbers [C]; raises as read_keys does."""
    if path.suffix == ".parquet":
        column: npt.NDArray[np.float32] = _parquet_column(path, _NUMBER).to_numpy()
        return column
    with safe_open(path, framework="numpy") as file:
        number_C: npt.NDArray[np.float32] = file.get_tensor(_NUMBER)
    return number_C


def _parquet_column(path: Path, name: str) -> Any:  # noqa: ANN401  an Arrow column
    from pyarrow.parquet import ParquetFile  # 40 MB that only files of earlier runs need

    with ParquetFile(path) as file:
        return file.read([name], use_threads=False).column(name)
