"""Arrow arrays from buffers: pa.array and pa.scalar import pandas where it is installed, which takes half a second in
the midst of requests, and 50 MB; from_buffers copies nothing and imports nothing.

Axes: N values.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def numbers(value_N: npt.NDArray[Any], kind: pa.DataType, is_known_N: Sequence[bool] | None = None) -> pa.Array:
    """Numbers as a column.

    Args:
        value_N: as wide as the type.
        kind: type of the column.
        is_known_N: whether each is a value; false: null. None: all are.
    """
    value_N = np.ascontiguousarray(value_N)
    return pa.Array.from_buffers(kind, len(value_N), [_valid(is_known_N), pa.py_buffer(value_N)])


def texts(values: Sequence[str | None]) -> pa.Array:
    """Texts, and nulls for None, as a column."""
    encoded = [b"" if one is None else one.encode() for one in values]
    is_known_N = [one is not None for one in values] if None in values else None
    return joined_texts([*map(len, encoded)], b"".join(encoded), is_known_N)


def joined_texts(
    length_N: npt.NDArray[np.int64] | Sequence[int],
    content: bytes | npt.NDArray[np.uint8],
    is_known_N: Sequence[bool] | None = None,
) -> pa.Array:
    """Texts that stand one after the other in UTF-8 as a column.

    Args:
        length_N: bytes of each.
        content: the bytes.
        is_known_N: whether each is a value; false: null. None: all are.
    """
    buffers = [_valid(is_known_N), pa.py_buffer(offsets(length_N)), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.string(), len(length_N), buffers)


def lists(
    length_N: Sequence[int], values: pa.Array, kind: pa.DataType, is_known_N: Sequence[bool] | None = None
) -> pa.Array:
    """Lists whose values stand one after the other.

    Args:
        length_N: values of each list.
        values: of all lists.
        kind: type of the column.
        is_known_N: whether each is a list; false: null. None: all are.
    """
    buffers = [_valid(is_known_N), pa.py_buffer(offsets(length_N))]
    return pa.Array.from_buffers(kind, len(length_N), buffers, children=[values])


def offsets(length_N: npt.NDArray[np.int64] | Sequence[int]) -> npt.NDArray[np.int32]:
    """Where each of N begins and the last one ends; [N + 1]."""
    found = np.zeros(len(length_N) + 1, dtype=np.int32)
    np.cumsum(length_N, out=found[1:])
    return found


def _valid(is_known_N: Sequence[bool] | None) -> pa.Buffer | None:
    if is_known_N is None:
        return None
    return pa.py_buffer(np.packbits(np.asarray(is_known_N, dtype=bool), bitorder="little"))
