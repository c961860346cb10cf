"""A table cut into training, validation and test rows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data.clock import moment, require_one_clock, require_one_unit
from taskfusion.data.expression import cannot_compute, expression, require_comparable, root_columns
from taskfusion.data.hashing import stable_hash
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import collect
from taskfusion.schema.split import LastRowsSplit, RandomSplit, Split, TimeSplit, WhereSplit

Conditions = dict[str, pl.Expr]

_ROW = "row number of the split"


@dataclass(frozen=True)
class _Cut:
    """A table and which of its rows are of which part."""

    frame: pl.LazyFrame
    conditions: Conditions


def split_table(frame: pl.LazyFrame, split: Split) -> dict[str, pl.LazyFrame]:
    """The splits "train", "validation" and, where the split asks for one, "test"; rows keep their order.

    By time, the cuts lie between two distinct values of the column, where the shares come nearest to those asked for.
    By last rows, each group is cut by itself, where they come nearest. At random, a hash of the row's number or of the
    column's value decides. By conditions, null is false.

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
    time = _moments(frame, split.column, "the split by time")
    counted = collect(frame.select(time.alias("time")).group_by("time").len("rows")).sort("time")
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


def _moments(frame: pl.LazyFrame, column: str, what: str) -> pl.Expr:
    """What orders the rows in time.

    Raises:
        DataError: the column is missing, has gaps, or holds no times.
    """
    schema = frame.collect_schema()
    require_columns(schema.names(), {column: what}, "the table")
    dtype = schema[column]
    if not (dtype.is_numeric() or dtype.is_temporal() or dtype == pl.String):
        raise DataError(
            f"{what} needs a number, a date or a timestamp, but the column '{column}' is of type {dtype}; name another "
            f"column"
        )
    is_known = pl.col(column).is_not_null() & (pl.col(column).is_not_nan() if dtype.is_float() else True)
    gaps = int(collect(frame.select((~is_known).sum())).item())
    if gaps:
        raise DataError(
            f"{what} needs a time in every row, but the column '{column}' is null or NaN in {gaps:,} rows; fill them "
            f"or leave those rows out"
        )
    if dtype == pl.String:
        require_one_clock(collect(frame.select(pl.col(column).unique())).to_series(), what)
    if dtype.is_numeric():
        require_one_unit(frame, column, what)
    return moment(column, dtype)


def _by_last_rows(frame: pl.LazyFrame, split: LastRowsSplit) -> _Cut:
    _require_shares(split)
    what = "the split by last rows"
    require_columns(frame.collect_schema().names(), {split.group: what}, "the table")
    time = _moments(frame, split.column, what)
    keys = collect(frame.select(group=pl.col(split.group), time=time))
    rows_from_last = pl.len().over("group") - pl.col("time").rank("ordinal").over("group")
    ranked = keys.select(place=rows_from_last, rows=pl.len().over("group"))
    rows_B = ranked["rows"].to_numpy()
    ends = [np.floor(rows_B * share + 0.5) for share in (split.test, split.test + split.validation)]
    later_B = ranked["place"].to_numpy()
    part_B = np.where(later_B < ends[0], 2, np.where(later_B < ends[1], 1, 0)).astype(np.uint8)
    numbered = frame.with_row_index(_ROW)
    return _by_number(numbered, _ROW, lambda row_B: pl.Series(part_B[row_B.to_numpy()]), has_test=split.test > 0)


def _at_random(frame: pl.LazyFrame, split: RandomSplit) -> _Cut:
    _require_shares(split)
    column = split.column or _ROW
    if split.column is None:
        frame = frame.with_row_index(_ROW)
    else:
        require_columns(frame.collect_schema().names(), {column: "the split at random"}, "the table")
        stable_hash(pl.Series(column, [], dtype=frame.collect_schema()[column]))
    return _by_number(frame, column, partial(_part_numbers, split=split), has_test=split.test > 0)


def _by_number(frame: pl.LazyFrame, column: str, part: Callable[[pl.Series], pl.Series], *, has_test: bool) -> _Cut:
    """Cut by a function of a column: 0 for training, 1 for validation, 2 for test."""
    number = pl.col(column).map_batches(part, return_dtype=pl.UInt8, is_elementwise=True)
    names = ["train", "validation", "test"][: 3 if has_test else 2]
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
        if texts[name] not in columns:
            require_comparable(texts[name] or "", f"{name} condition of the split", empty.schema)
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


def _require_shares(split: TimeSplit | LastRowsSplit | RandomSplit) -> None:
    taken = split.validation + split.test
    if taken >= 1:
        raise ExperimentError(
            f"the shares of validation and test should leave rows for training, but are {taken:g} together; lower them"
        )


_CUTS: dict[type[Any], Callable[[pl.LazyFrame, Any], _Cut]] = {
    TimeSplit: _by_time,
    LastRowsSplit: _by_last_rows,
    RandomSplit: _at_random,
    WhereSplit: _by_conditions,
}
