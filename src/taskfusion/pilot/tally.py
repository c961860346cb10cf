"""A log by day, and sums per unit that grow from day to day: each row is read once per metric, however many looks.

Axes: N units, R rows in the order of their days.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from tea_tasting.aggr import Aggregates

from taskfusion.base.errors import DataError
from taskfusion.config.charter import Charter, Metric
from taskfusion.data.table import collect
from taskfusion.pilot.metric import columns_of
from taskfusion.pilot.moments import moments
from taskfusion.pilot.roster import CAME, CODE, Roster
from taskfusion.pilot.units import DAY

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Where = slice | Places
"""Units: a stretch of them, or their places."""


class Tally:
    """Rows of the units of a pilot, of its days and those of history before.

    Args:
        log: as dated gives it.
        charter: of the pilot.
        roster: its units.
        first: its first day.
        days: that count.
        origin: what the log is called in messages.

    Raises:
        DataError: no row is of a unit in an arm.
    """

    def __init__(
        self, log: pl.LazyFrame, charter: Charter, roster: Roster, first: date, days: int, origin: str
    ) -> None:
        self._history = charter.history_days
        self.num_units = len(roster)
        begin = first - timedelta(days=self._history)
        day = (pl.col(DAY) - pl.lit(first)).dt.total_days().cast(pl.Int32)
        chosen = log.filter(pl.col(DAY).is_between(begin, first + timedelta(days=days), closed="left"))
        if roster.is_exposed:
            chosen = chosen.with_columns(pl.col(charter.unit).cast(pl.String))
        mine = chosen.join(roster.table(charter.unit), on=charter.unit, how="inner").with_columns(day.alias(DAY))
        counted = mine.filter((pl.col(DAY) < 0) | (pl.col(DAY) >= pl.col(CAME))).drop(charter.unit, CAME)
        self.table = collect(counted.sort(DAY), origin)
        if self.table.is_empty() and len(roster):
            raise DataError(
                f"{origin} should have rows of the {len(roster):,} units of the decision log, but has none; units are "
                f"told apart by '{charter.unit}' there, and a log with a salt has them hashed"
            )
        self.unit_R = self.table[CODE].to_numpy()
        self._day_R = self.table[DAY].to_numpy()

    def rows(self, first: int, end: int) -> slice:
        """Rows of days of the pilot, from 0, the last one left out; below 0 is history."""
        begin, stop = np.searchsorted(self._day_R, [first, end])
        return slice(int(begin), int(stop))

    def running(self, metric: Metric) -> "Running":
        """The sums of a metric, before the first day."""
        return Running(self, metric, -self._history)

    def places(self, arms: tuple[slice, slice], first: int, end: int) -> tuple[Places, Places]:
        """Places of the units of arms that have a row in some days."""
        count_N = np.bincount(self.unit_R[self.rows(first, end)], minlength=self.num_units)
        control, treatment = (np.flatnonzero(count_N[arm]) + arm.start for arm in arms)
        return control, treatment


class Running:
    """Sums per unit of a metric up to a day, and those of history.

    Args:
        tally: the rows.
        metric: how the KPI is counted.
        begin: day with which history begins, 0 or below.
    """

    def __init__(self, tally: Tally, metric: Metric, begin: int) -> None:
        self._tally, self._day = tally, 0
        self._has_rows = metric.per == "row"
        column = tally.table[metric.value]
        self._known_R = column.is_not_null().to_numpy() if column.null_count() else None
        self._value_R: npt.NDArray[Any] = column.to_numpy()
        self.names = columns_of(metric, has_history=begin < 0)
        before = self._sums(begin, 0) if begin < 0 else []
        self._before = before
        self._now = [np.zeros(tally.num_units) for _ in range(1 + self._has_rows)]

    @property
    def columns(self) -> list[Array]:
        """Sums and, per row, rows of the days up to now, and the same of history [N] each, in the order of names."""
        return [*self._now, *self._before]

    def go_on(self, day: int) -> None:
        """Add the rows up to a day, which does not count itself."""
        for total, more in zip(self._now, self._sums(self._day, day), strict=True):
            total += more
        self._day = max(day, self._day)

    def kept(self) -> list[Array]:
        """What the sums are now."""
        return [one.copy() for one in self._now]

    def since(self, kept: Sequence[Array]) -> list[Array]:
        """columns, without what was kept."""
        return [*(now - then for now, then in zip(self._now, kept, strict=True)), *self._before]

    def _sums(self, first: int, end: int) -> list[Array]:
        rows, num_units = self._tally.rows(first, max(first, end)), self._tally.num_units
        unit_R, value_R = self._tally.unit_R[rows], self._value_R[rows]
        if self._known_R is not None:
            is_known_R = self._known_R[rows]
            unit_R, value_R = unit_R[is_known_R], value_R[is_known_R]
        found: list[Array] = [np.bincount(unit_R, value_R, num_units).astype(np.float64, copy=False)]
        if self._has_rows:
            found.append(np.bincount(unit_R, minlength=num_units).astype(np.float64))
        return found


def arms_of(names: Sequence[str], columns: Sequence[Array], arms: Sequence[Where]) -> list[Aggregates]:
    """Moments of the columns of arms.

    Args:
        names: of the columns.
        columns: per unit [N] each.
        arms: units of each arm.
    """
    return [moments(names, np.stack([column[arm] for column in columns])) for arm in arms]
