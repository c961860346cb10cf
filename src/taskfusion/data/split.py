"""A table cut into training, validation and test rows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data.expression import cannot_compute, expression, root_columns
from taskfusion.data.hashing import stable_hash
from taskfusion.data.table import collect, require_columns
from taskfusion.schema.split import RandomSplit, TimeSplit, WhereSplit

Conditions = dict[str, pl.Expr]

_ROW = "row number of the split"
_ISO_TIME = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$"


@dataclass(frozen=True)
class _Cut:
    """A table and which of its rows are of which part."""

    frame: pl.LazyFrame
    conditions: Conditions


def split_table(frame: pl.LazyFrame, split: TimeSplit | RandomSplit | WhereSplit) -> dict[str, pl.LazyFrame]:
    """The splits "train", "validation" and, where the split asks for one, "test"; rows keep their order.

    By time, the cuts lie between two distinct values of the column, where the shares come nearest to those asked for.
    At random, a hash of the row's number or of the column's value decides. By conditions, null is false.

    Raises:
        ExperimentError: the shares leave nothing for training, or a condition is no SQL expression.
        DataError: a column is missing or of the wrong type, a split is empty, or two conditions pick the same row.
    """
    cut = _CUTS[type(split)](frame, split)
    _require_apart(cut)
    return {
        name: cut.frame.filter(condition).select(frame.collect_schema().names())
        for name, condition in cut.conditions.items()
    }


def _require_apart(cut: _Cut) -> None:
    """No split is empty and no row is in two splits."""
    names = list(cut.conditions)
    pairs = [(a, b) for index, a in enumerate(names) for b in names[index + 1 :]]
    counts = [condition.sum().alias(name) for name, condition in cut.conditions.items()]
    overlaps = [(cut.conditions[a] & cut.conditions[b]).sum().alias(f"{a} {b}") for a, b in pairs]
    found = collect(cut.frame.select(*counts, *overlaps)).row(0, named=True)
    for name in names:
        if not found[name]:
            raise DataError(f"the split leaves no rows for {name}; change its shares or its conditions")
    for a, b in pairs:
        if found[f"{a} {b}"]:
            raise DataError(
                f"the conditions of {a} and {b} should pick different rows, but both pick {found[f'{a} {b}']:,} rows; "
                f"make them exclude each other"
            )


def _by_time(frame: pl.LazyFrame, split: TimeSplit) -> _Cut:
    _require_shares(split)
    schema = frame.collect_schema()
    require_columns(schema.names(), {split.column: "the split by time"}, "the table")
    dtype = schema[split.column]
    if not (dtype.is_numeric() or dtype.is_temporal() or dtype == pl.String):
        raise DataError(
            f"the split by time needs a number, a date or a timestamp, but the column '{split.column}' is of type "
            f"{dtype}; name another column"
        )
    time = pl.col(split.column).to_physical()
    counted = collect(frame.select(time.alias("time")).group_by("time").len("rows")).sort("time")
    _require_times(counted, split.column)
    shares = {"test": split.test, "validation": split.validation}
    rows_before = np.concatenate([[0], np.cumsum(counted["rows"].to_numpy())])
    total, end, wanted = int(rows_before[-1]), len(counted), 0.0
    parts: list[tuple[str, int, int]] = []
    for name, share in shares.items():
        if share == 0:
            continue
        wanted += share
        earlier_parts = 1 if name == "validation" else 2
        candidates = rows_before[earlier_parts:end]
        if not len(candidates):
            raise DataError(
                f"the split by time needs a distinct value of '{split.column}' for each of train, validation and "
                f"test, but finds only {len(counted)}; name a finer column or split at random"
            )
        start = earlier_parts + int(np.argmin(np.abs(candidates - (1 - wanted) * total)))
        parts.append((name, start, end))
        end = start
    parts.append(("train", 0, end))
    times = counted["time"]
    conditions = {name: (time >= times[start]) & (time <= times[end - 1]) for name, start, end in reversed(parts)}
    return _Cut(frame, conditions)


def _require_times(counted: pl.DataFrame, column: str) -> None:
    times = counted["time"]
    bad = times.is_null() | (times.is_nan() if times.dtype.is_float() else False)
    if bad.any():
        rows = int(counted.filter(bad)["rows"].sum())
        raise DataError(
            f"the split by time needs a time in every row, but the column '{column}' is null or NaN in {rows:,} rows; "
            f"fill them or leave those rows out"
        )
    if times.dtype == pl.String:
        other = times.filter(~times.str.contains(_ISO_TIME))
        if len(other):
            raise DataError(
                f"the split by time needs a number, a date or a timestamp, but the column '{column}' holds the text "
                f"{other[0]!r}; write it like 2024-01-31 or 2024-01-31 12:00:00, or cast it"
            )


def _at_random(frame: pl.LazyFrame, split: RandomSplit) -> _Cut:
    _require_shares(split)
    column = split.column or _ROW
    if split.column is None:
        frame = frame.with_row_index(_ROW)
    else:
        require_columns(frame.collect_schema().names(), {column: "the split at random"}, "the table")
        stable_hash(pl.Series(column, [], dtype=frame.collect_schema()[column]))
    number = pl.col(column).map_batches(partial(_part_numbers, split=split), return_dtype=pl.UInt8, is_elementwise=True)
    names = ["train", "validation", "test"][: 3 if split.test else 2]
    return _Cut(frame, {name: number == index for index, name in enumerate(names)})


def _part_numbers(values: pl.Series, split: RandomSplit) -> pl.Series:
    """0 for training, 1 for validation, 2 for test, by the index of a value's hash among all 64-bit numbers."""
    place_B = (stable_hash(values, split.seed) >> np.uint64(11)).astype(np.float64) / 2.0**53
    part_B = np.where(place_B < split.test, 2, np.where(place_B < split.test + split.validation, 1, 0))
    return pl.Series(part_B.astype(np.uint8))


def _by_conditions(frame: pl.LazyFrame, split: WhereSplit) -> _Cut:
    columns = frame.collect_schema().names()
    texts = {"train": split.train, "validation": split.validation, "test": split.test}
    conditions = {
        name: expression(text, columns, f"{name} condition of the split")
        for name, text in texts.items()
        if text is not None
    }
    empty = frame.collect_schema().to_frame()
    dtypes = {}
    for name, condition in conditions.items():
        try:
            dtypes[name] = empty.select(condition).to_series().dtype
        except PolarsError as error:
            what, text = f"{name} condition of the split", texts[name] or ""
            read = {column: empty.schema[column] for column in root_columns(text, columns, what)}
            raise cannot_compute(text, what, read, error) from error
    for name, dtype in dtypes.items():
        if dtype != pl.Boolean:
            raise DataError(
                f"the {name} condition of the split should be true or false, but '{texts[name]}' is of type {dtype}; "
                f"compare it with something"
            )
    return _Cut(frame, conditions)


def _require_shares(split: TimeSplit | RandomSplit) -> None:
    taken = split.validation + split.test
    if taken >= 1:
        raise ExperimentError(
            f"the shares of validation and test should leave rows for training, but are {taken:g} together; lower them"
        )


_CUTS: dict[type[Any], Callable[[pl.LazyFrame, Any], _Cut]] = {
    TimeSplit: _by_time,
    RandomSplit: _at_random,
    WhereSplit: _by_conditions,
}
