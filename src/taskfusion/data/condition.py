"""Conditions: SQL expressions that are true or false for each row.

Axes: B rows.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.expression import evaluate
from taskfusion.data.table import read_blocks

Mask = npt.NDArray[np.bool_]


def matching_rows(block: pl.DataFrame, condition: str, what: str) -> Mask:
    """Rows [B] that satisfy a condition; where it is null, they do not.

    Args:
        block: rows with the columns that it reads.
        condition: an SQL expression of one row.
        what: what error messages call it.

    Raises:
        ExperimentError: it is no SQL expression of one row.
        DataError: a column is missing, or the condition is not true or false.
    """
    found = evaluate(block, condition, what)
    if found.dtype not in (pl.Boolean, pl.Null):
        raise DataError(
            f"the {what} should be true or false, but '{condition}' is of type {found.dtype}; compare it with "
            f"something, like {condition} = 'x'"
        )
    mask_B: Mask = found.cast(pl.Boolean).fill_null(value=False).to_numpy().astype(bool)
    return mask_B


def find_row(frame: pl.LazyFrame, wanted: str, origin: str) -> tuple[int, pl.DataFrame]:
    """One row of a table, and its index from 0.

    Args:
        frame: the table.
        wanted: an index, or a condition of which the first row that satisfies it is taken.
        origin: what error messages call the table.

    Raises:
        ExperimentError: it is neither.
        DataError: there is no such row, a column is missing, or the table cannot be read.
    """
    index, start = int(wanted) if wanted.strip().isdecimal() else None, 0
    for block in read_blocks(frame, origin):
        if index is None:
            found_K = np.flatnonzero(matching_rows(block, wanted, "condition of --row"))
            place: Any = found_K[0] if len(found_K) else None
        else:
            place = index - start if index < start + len(block) else None
        if place is not None:
            return start + int(place), block[int(place) : int(place) + 1]
        start += len(block)
    if index is not None:
        raise DataError(f"--row {index} should be below {start:,}, the number of rows of {origin}; the first is 0")
    raise DataError(f"--row should match a row of {origin}, but none of its {start:,} satisfies '{wanted}'")
