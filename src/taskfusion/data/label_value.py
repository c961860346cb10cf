"""Values of labels, masks, weights and truths of one task: what they may be, and how they become floats."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.vocabulary import Vocabulary
from taskfusion.schema.kind import Kind
from taskfusion.schema.task.table import Task, kind_of

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def mask_of(mask: pl.Series | None, num_rows: int, task: Task) -> Mask:
    """Rows [B] in which the mask is true; null, NaN and 0 are not.

    Raises:
        DataError: the mask is neither a boolean nor a number.
    """
    if mask is None:
        return np.ones(num_rows, dtype=bool)
    if mask.dtype not in (pl.Boolean, pl.Null) and not mask.dtype.is_numeric():
        raise DataError(
            f"the mask of task '{task.name}' should be true or false, but '{task.mask}' is of type {mask.dtype}; "
            f"write a condition, like {task.mask} = 'x'"
        )
    found: Mask = (mask.cast(pl.Float64).fill_nan(0.0).fill_null(0.0) != 0).to_numpy()
    return found


def finite_numbers(values: pl.Series, what: str, text: str) -> Floats:
    """Numbers or booleans [B] as 64-bit floats.

    Raises:
        DataError: they are of another type, null, NaN, infinite or beyond 32-bit floats.
    """
    if values.dtype not in (pl.Boolean, pl.Null) and not values.dtype.is_numeric():
        raise DataError(
            f"the {what} should be a number or a boolean, but '{text}' is of type {values.dtype}; "
            f"cast it or write an expression, like {text} = 'yes'"
        )
    if values.null_count():
        raise DataError(
            f"the {what} should be a number where the label is known, but '{text}' is null in {values.null_count():,} "
            f"of {len(values):,} such rows; fill it, or make the label null there"
        )
    require_finite(values, what, text, "fill it, or make the label null there")
    return values.cast(pl.Float64).to_numpy().astype(np.float64)


MAKE_NULL: Final = (
    "make it null, with fill_nan(None) in Polars, pc.if_else(pc.is_nan(x), None, x) in Arrow or CASE WHEN in the "
    "expression"
)


def require_finite(values: pl.Series, what: str, text: str, advice: str = MAKE_NULL) -> None:
    """Raises DataError, with the count, where values are NaN, infinite or beyond 32-bit floats; null is allowed."""
    if not values.dtype.is_float():
        return
    with np.errstate(over="ignore"):
        bad = int((~np.isfinite(values.drop_nulls().to_numpy().astype(np.float32))).sum())
    if bad:
        raise DataError(
            f"the {what} should be a finite 32-bit number, but '{text}' is NaN or infinite in {bad:,} of "
            f"{len(values):,} rows; {advice}"
        )


def require_all(fits: Mask, values: Floats, what: str, expected: str) -> None:
    """Raises DataError, with the first value and the count, where some rows do not fit."""
    if not fits.all():
        raise DataError(
            f"the {what} should be {expected}, but is {values[~fits][0]:g} in {int((~fits).sum()):,} of {len(fits):,} "
            f"rows; mend it, or make it null where it is unknown"
        )


def read_label(known: pl.Series, task: Task) -> Floats:
    """Labels [K] of the rows where they are known.

    Raises:
        DataError: one is not what a label of the task's kind must be.
    """
    kind, what = kind_of(task), f"label of task '{task.name}'"
    values = kind.values(task)
    if values:
        return _index_of_value(known, values, what, kind)
    label_K = finite_numbers(known, what, task.label_expression)
    require_all(kind.fits(task, label_K), label_K, what, kind.expected)
    return label_K


def _index_of_value(known: pl.Series, values: Sequence[int | str], what: str, kind: Kind[Any]) -> Floats:
    listed = pl.Series(values)
    ascending = listed.sort()
    index_C = (
        np.argsort(listed.to_numpy(), kind="stable") if listed.dtype.is_integer() else listed.arg_sort().to_numpy()
    )
    code_K = Vocabulary(ascending).codes(known, f"the {what}")
    unknown = known.filter(pl.Series(code_K < 2))
    if len(unknown):
        raise DataError(
            f"the {what} should be one of its {kind.value_names} {', '.join(map(str, values))}, but is {unknown[0]!r} "
            f"in {len(unknown):,} of {len(known):,} rows; add the {kind.value_name}, or make the label null there"
        )
    return index_C[code_K - 2].astype(np.float64)
