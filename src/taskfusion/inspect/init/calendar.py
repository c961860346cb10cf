"""Hour and weekday of the time that orders the rows, as features; the time itself never comes back, they do."""

from collections.abc import Collection, Iterator
from typing import Final

import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.clock import part_of_time
from taskfusion.inspect.init.column import Column
from taskfusion.inspect.init.entry import Entry, Log
from taskfusion.inspect.init.finish import clean_names

LEAST_HOURS: Final = 6
LEAST_WEEKS: Final = 2
EARLIEST_NUMBER: Final = 5e8
"""1985, in seconds since 1970; smaller numbers count something else."""

_NAMED: Final = {"hour": {"hour", "hours", "hourmin"}, "weekday": {"weekday", "dow", "dayofweek"}}
"""Words of the columns that hold a part already."""


def calendar_features(columns: Collection[Column], log: Log, taken: Collection[str]) -> list[Entry]:
    """The hour, where the sample holds at least six, and the weekday, where it spans two weeks; but for those that a
    column holds already.

    Args:
        columns: all of the table.
        log: the table.
        taken: names of the other features.
    """
    time = next((column for column in columns if column.name == log.time), None)
    if time is None or (time.numeric and time.low < EARLIEST_NUMBER):
        return []
    words = {word for column in columns for word in column.words}
    (name,) = clean_names([time.name])
    return [
        Entry(
            time.name,
            "feature",
            f"{distinct} distinct, of the time of the row",
            {"name": f"{name}_{part}", "column": time.name, "kind": "categorical", "role": "context", "part": part},
        )
        for part, distinct in _parts(log.sample[time.name])
        if words.isdisjoint(_NAMED[part]) and f"{name}_{part}" not in taken
    ]


def _parts(times: pl.Series) -> Iterator[tuple[str, int]]:
    """The parts that vary, and how many values each has."""
    is_day = times.dtype == pl.Date
    try:
        found = {part: part_of_time(times, part, "init") for part in ("hour", "weekday", "day", "month")[is_day:]}
    except DataError:
        return
    if not is_day and found["hour"].n_unique() >= LEAST_HOURS:
        yield "hour", found["hour"].n_unique()
    if pl.DataFrame([found["day"].alias("day"), found["month"].alias("month")]).n_unique() >= 7 * LEAST_WEEKS:
        yield "weekday", found["weekday"].n_unique()
