"""A log, added up per unit: what each KPI sums to while units are observed, and before.

Axes: N units.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from math import ceil
from typing import Final

import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.config.charter import Charter, Metric
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import collect

_EARLIEST: Final = 10**8
"""Seconds from 1970 to 1973: smaller numbers are hours or counts, and no time."""

DAY = "__day"
SEGMENT = "segment."
"""What precedes the names of columns of segments, which may be those of values too."""

ROWS, BEFORE = "__rows", "before."
"""Columns of a table of units: rows of the log, and what precedes the names of what was before."""


def dated(log: pl.LazyFrame, charter: Charter, origin: str) -> pl.LazyFrame:
    """The columns of a log that a charter reads, with the day of each row.

    Args:
        log: the table.
        charter: that names its columns.
        origin: what the table is called in messages.

    Raises:
        DataError: a column is missing, or is neither number nor truth value, or no time.
    """
    schema = log.collect_schema()
    needed = {metric.value: f"KPI '{metric.kpi}'" for metric in charter.metrics}
    needed |= {charter.unit: "unit of the charter", charter.time: "time of the charter"}
    needed |= {column: "segments of the charter" for column in charter.segments if column not in needed}
    require_columns(schema.names(), needed, origin)
    for metric in charter.metrics:
        if not (schema[metric.value].is_numeric() or schema[metric.value] == pl.Boolean):
            raise DataError(
                f"{origin}: '{metric.value}' of KPI '{metric.kpi}' should be a number or true and false, found "
                f"{schema[metric.value]}"
            )
    for column in charter.segments:
        if schema[column].is_float() or schema[column].is_nested():
            raise DataError(
                f"{origin}: '{column}' of segments should be a text, a whole number or true and false, found "
                f"{schema[column]}"
            )
    read = dict.fromkeys(metric.value for metric in charter.metrics)
    values = [pl.col(one).cast(pl.Float64).fill_nan(None) for one in read]
    segments = [pl.col(one).alias(f"{SEGMENT}{one}") for one in charter.segments]
    return log.select(pl.col(charter.unit), day_of(schema, charter.time, origin).alias(DAY), *values, *segments)


def day_of(schema: pl.Schema, time: str, origin: str) -> pl.Expr:
    """The day of a column of times: dates and times as they are, whole numbers as epochs by their size or YYYYMMDD.

    Raises:
        DataError: it is none of these.
    """
    kind = schema[time]
    if kind == pl.Date:
        return pl.col(time)
    if isinstance(kind, pl.Datetime):
        return pl.col(time).dt.date()
    if kind.is_integer():
        number = pl.col(time).cast(pl.Int64)
        calendar = number.cast(pl.String).str.to_date("%Y%m%d", strict=False)
        seconds = (
            pl.when(number > 10**14).then(number // 10**6).when(number > 10**11).then(number // 1000).otherwise(number)
        )
        return (
            pl.when(number.is_between(19_000_101, 29_991_231))
            .then(calendar)
            .when(number >= _EARLIEST)
            .then(pl.from_epoch(seconds, time_unit="s").dt.date())
        )
    if kind == pl.String:
        return pl.col(time).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    raise DataError(f"{origin}: '{time}' should be a date or a time, found {kind}")


def per_unit(log: pl.LazyFrame, charter: Charter, first: date, days: int, delays: Sequence[float]) -> pl.DataFrame:
    """One row per unit of a period: sums per KPI of what is mature at its end, and those of before.

    Args:
        log: as dated gives it.
        charter: of the pilot.
        first: day of the period.
        days: of the period.
        delays: days until the values of each metric are known; a row counts where that many lie before the end.

    Returns:
        [N, unit, rows and value per metric, the same of before].
    """
    end = first + timedelta(days=days)
    before = pl.col(DAY).is_between(first - timedelta(days=charter.history_days), first, closed="left")
    parts = []
    for metric, delay in zip(charter.metrics, delays, strict=True):
        inside = pl.col(DAY).is_between(first, end - timedelta(days=ceil(delay)), closed="left")
        for prefix, chosen in (("", inside), (BEFORE, before)):
            known = chosen & pl.col(metric.value).is_not_null()
            parts.append(pl.col(metric.value).filter(known).sum().alias(f"{prefix}{metric.kpi}"))
            parts.append(known.sum().cast(pl.Float64).alias(f"{prefix}{ROWS}.{metric.kpi}"))
    inside = pl.col(DAY).is_between(first, end, closed="left")
    units = log.filter(before | inside).group_by(charter.unit).agg(inside.any().alias("__in"), *parts)
    return collect(units.filter("__in").drop("__in"), "the log")


def names_of(metric: Metric) -> tuple[str, str | None]:
    """Columns of the numerator and the denominator in a table of units; None: a mean over units."""
    return metric.kpi, f"{ROWS}.{metric.kpi}" if metric.per == "row" else None
