"""Task settings for a label column, from its values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from taskfusion.base.errors import ExperimentError
from taskfusion.data.expression import sql_name
from taskfusion.inspect.init.column import Column, percent
from taskfusion.inspect.init.words import RATING

MOST_CLASSES = 50
MOST_LEVELS = 11  # of a rating, 0 to 10
RATINGS = RATING | {"score", "scores", "grade", "grades"}
LARGE_LABEL = 20.0  # from which a long tail is learned as a logarithm

_YES = frozenset(("yes", "y", "true", "t", "1"))


@dataclass(frozen=True)
class TwoValueTask:
    """A binary task.

    Attributes:
        settings: of the task, but for the name.
        note: what was seen of the labels.
        positives: rows of the sample with label 1.
        rarer: rows of the sample with the rarer label.
        is_clear: whether it is sure which of the two values is the positive one.
    """

    settings: Mapping[str, Any]
    note: str
    positives: int
    rarer: int
    is_clear: bool


def label_task(column: Column, values: pl.Series) -> tuple[Mapping[str, Any], str]:
    """Settings and evidence of a column that a user calls a label.

    Raises:
        ExperimentError: nothing can be learned from it.
    """
    if column.two:
        task = two_value_task(column, values)
        return task.settings, task.note
    if column.numeric and column.distinct > 2 and not column.infinite:
        return number_task(column, values)
    if column.is_text and 2 < column.distinct <= MOST_CLASSES:
        classes = values.drop_nulls().cast(pl.String).unique().sort().to_list()
        return {"kind": "multiclass", "label": column.name, "classes": classes}, column.evidence
    raise ExperimentError(
        f"--task {column.name}: a label should have two values, or be a number, or a text of at most {MOST_CLASSES} "
        f"values, but the column is of type {column.dtype} with {column.distinct:,} values; derive a label from it"
    )


def two_value_task(column: Column, values: pl.Series) -> TwoValueTask:
    """A binary task of a column with two values: the positive one is 1, the larger number, yes or true, else the
    rarer one.
    """
    known = (
        values.cast(pl.Float64).fill_nan(None).drop_nulls() if column.numeric else values.cast(pl.String).drop_nulls()
    )
    low, high = column.two
    positive, is_clear = (high, True) if column.numeric else _positive_text(known, str(low), str(high))
    count = int((known == positive).sum())
    if column.is_flag:
        settings = {"kind": "binary", "label": column.name}
        name = "true" if values.dtype == pl.Boolean else "1"
    else:
        name = f"{positive:g}" if isinstance(positive, float) else f"'{positive.replace(chr(39), chr(39) * 2)}'"
        settings = {"kind": "binary", "label": f"{sql_name(column.name)} = {name}"}
    unknown = f", {percent(column.missing / column.rows)} unknown" if column.missing else ""
    note = f"{percent(count / len(known))} are {name}{unknown}"
    return TwoValueTask(settings | _without_nan(values), note, count, min(count, len(known) - count), is_clear)


def _positive_text(known: pl.Series, low: str, high: str) -> tuple[str, bool]:
    yes = [value for value in (low, high) if value.strip().lower() in _YES]
    if len(yes) == 1:
        return yes[0], True
    return (low if (known == low).sum() < (known == high).sum() else high), False


def number_task(column: Column, values: pl.Series) -> tuple[Mapping[str, Any], str]:
    """A task of a column of numbers: an ordinal one of a few whole numbers that are called a rating, else a regression
    one.
    """
    has_tail = column.has_long_tail and column.low > -1 and column.high > LARGE_LABEL
    log1p = {"log1p": True} if has_tail else {}
    unknown = f", {percent(column.missing / column.rows)} unknown" if column.missing else ""
    tail = ", a long tail" if has_tail else ""
    note = f"{column.span}{tail}{unknown}"
    if column.whole and not RATINGS.isdisjoint(column.words) and column.high - column.low < MOST_LEVELS:
        levels = list(range(int(column.low), int(column.high) + 1))
        return {"kind": "ordinal", "label": column.name, "levels": levels, **_without_nan(values)}, note
    return {"kind": "regression", "label": column.name, **log1p, **_without_nan(values)}, note


def _without_nan(values: pl.Series) -> dict[str, str]:
    """A mask that makes NaN an unknown label."""
    if not values.dtype.is_float() or not values.is_nan().any():
        return {}
    return {"mask": f"{sql_name(values.name)} < 1e38"}
