"""What the log of outcomes says of a stage: pilot analyse of the stage's own days and percent.

A stage is read by itself, from the first whole day after it began. Units that came in before have seen the candidate,
so only the first stage with units takes what was before into account (CUPED). The last stage that has a control may
spend the charter's whole error; the others share as much once more among them, so that a wrong roll-back of any of them
is at most twice the charter's error, and a wrong success stays at it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from pathlib import Path
from typing import Any, Final

import polars as pl

from taskfusion.base.errors import TaskfusionError
from taskfusion.config.charter import Charter
from taskfusion.config.derive import derive
from taskfusion.config.kpi import Kpi
from taskfusion.config.ramp import MOST_COMPARED, Ramp
from taskfusion.data.table import collect, scan
from taskfusion.pilot.analyse import analyse
from taskfusion.pilot.ramp.judge import Reading
from taskfusion.pilot.units import DAY, dated
from taskfusion.run.record.pilot_memo import PilotMemo
from taskfusion.run.record.ramp import Reason

Keep = Callable[[int, PilotMemo], None]
_MIXED: Final = ("misplaced", "share changed")
"""Reasons of a memo that believes nothing, since units are not in the arms of the hash."""


class OutcomeJudge:
    """Reads the log again whenever it was written.

    Args:
        ramp: its settings, with a log.
        charter: of the pilot.
        kpis: that it names.
        keep: takes the number of a stage and each new memo of it.
    """

    def __init__(self, ramp: Ramp, charter: Charter, kpis: Mapping[str, Kpi], keep: Keep) -> None:
        self._ramp, self._charter, self._kpis, self._keep = ramp, charter, kpis, keep
        self._log = str(ramp.outcomes)
        self._read: tuple[object, date | None, PilotMemo | None] | None = None

    def first_day(self, now: datetime) -> date:
        """First day of a stage that begins now: after today, and after all that the log has."""
        today = now.astimezone(UTC).date()
        try:
            last = self._last_day(self._table())
        except TaskfusionError:
            last = None
        return max(today, last or today) + timedelta(days=1)

    def judge(self, stage: int, first: date, now: datetime) -> Reading | None:
        """What outcomes say of a stage; None: it has no control to be held against.

        Args:
            stage: number of the stage.
            first: its first day.
            now: the moment.
        """
        if not 0 < self._ramp.percents[stage] <= MOST_COMPARED:
            return None
        try:
            last, memo = self._memo(stage, first)
        except TaskfusionError as error:
            return Reading("missing", (Reason(kind="outcomes missing", subject=self._log, detail=str(error)),))
        days = self._days(stage)
        if memo is not None and memo.action == "roll back":
            return Reading("failure", _worse(memo))
        if memo is not None and (blind := _blind(memo)) is not None:
            return Reading("inconclusive", (blind,))
        if memo is None or memo.day < days:
            return self._awaited(first, last, now, 0 if memo is None else memo.day, days)
        return self._complete(stage, memo)

    def _complete(self, stage: int, memo: PilotMemo) -> Reading:
        """Of a stage whose days are all there, without harm."""
        unknown = [one.name for one in memo.kpis if one.finding == "unknown" and one.matured > 0]
        if unknown:
            return Reading("inconclusive", tuple(Reason(kind="kpi unknown", subject=name) for name in unknown))
        if stage != self._ramp.deciding:
            return Reading("success", (Reason(kind="no harm", value=memo.day),))
        better = tuple(_about("proven", one) for one in memo.kpis if one.role == "success" and one.finding == "better")
        if memo.action == "ship":
            return Reading("success", better)
        is_open = memo.action == "extend"
        return Reading("running" if is_open else "inconclusive", (Reason(kind="not proven", value=memo.day),))

    def _awaited(self, first: date, last: date | None, now: datetime, day: int, days: int) -> Reading:
        """Of a stage whose days are not all there: the next one is late where it is not there so long after its end."""
        expected = first if last is None else max(first, last + timedelta(days=1))
        due = datetime.combine(expected + timedelta(days=1), time(), UTC) + timedelta(hours=self._ramp.missing_hours)
        if now > due:
            return Reading("missing", (Reason(kind="outcomes late", subject=str(expected)),))
        return Reading("running", (Reason(kind="outcomes awaited", value=day, limit=days),))

    def _memo(self, stage: int, first: date) -> tuple[date | None, PilotMemo | None]:
        """Last day of the log, and the memo of a stage; None: the log has no day of it."""
        stamp = (stage, first, _stamp(Path(self._log)))
        if self._read is None or self._read[0] != stamp:
            table = self._table()
            last = self._last_day(table)
            memo = None
            if last is not None and last >= first:
                memo = analyse(self._charter_of(stage, first), self._kpis, table, f"'{self._log}'")
                self._keep(stage, memo)
            self._read = (stamp, last, memo)
        return self._read[1:]

    def _charter_of(self, stage: int, first: date) -> Charter:
        ramp, charter, days = self._ramp, self._charter, self._days(stage)
        compared = [number for number, share in enumerate(ramp.percents) if 0 < share <= MOST_COMPARED]
        others = len(compared) - 1
        return derive(
            charter,
            start=first,
            percent=ramp.percents[stage],
            days=days,
            looks=min(charter.looks, days),
            history_days=charter.history_days if stage == compared[0] else 0,
            alpha=charter.alpha if stage == ramp.deciding else charter.alpha / others,
        )

    def _days(self, stage: int) -> int:
        asked = self._ramp.stages[stage]
        return asked.days or max(1, ceil(asked.hours / 24))

    def _table(self) -> pl.LazyFrame:
        return scan(self._log)

    def _last_day(self, table: pl.LazyFrame) -> date | None:
        origin = f"'{self._log}'"
        found: date | None = collect(dated(table, self._charter, origin).select(pl.col(DAY).max()), origin).item()
        return found


def _blind(memo: PilotMemo) -> Reason | None:
    """Why nothing of a memo can be believed; None: it can."""
    if memo.exposure is not None and any(one.kind in _MIXED for one in memo.reasons):
        return Reason(kind="units misplaced", value=memo.exposure.misplaced)
    return Reason(kind="arms uneven", value=memo.mismatch) if memo.is_mismatch else None


def _worse(memo: PilotMemo) -> tuple[Reason, ...]:
    return tuple(_about("kpi worse", one) for one in memo.kpis if one.finding == "worse")


def _about(kind: Any, kpi: Any) -> Reason:  # noqa: ANN401  a reading of a KPI
    change = None if kpi.effect is None else kpi.effect.change
    return Reason(kind=kind, subject=kpi.name, value=change, limit=kpi.least_effect)


def _stamp(path: Path) -> object:
    """What tells one state of a log from another: its files, their sizes and times."""
    folder = path if path.is_dir() else path.parent
    files = folder.rglob("*") if path.is_dir() else folder.glob(path.name)
    found = []
    for one in sorted(files):
        try:
            about = one.stat()
        except OSError:
            continue
        found.append((str(one), about.st_ino, about.st_size, about.st_mtime_ns))
    return tuple(found)
