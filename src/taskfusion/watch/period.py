"""What a watch read in a period: windows, hours and alarms of its history, and what holds now."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Final, TypeVar

from taskfusion.base.boundary import reading
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.record import EXPECTED, parse, read_artifact
from taskfusion.run.record.alarms import EndedAlarm
from taskfusion.run.record.watch import TrafficReading, WatchRecord, WindowReading
from taskfusion.watch.run import HISTORY, WATCH

R = TypeVar("R", WindowReading, TrafficReading)
K = TypeVar("K", WindowReading, TrafficReading, EndedAlarm)
_DAY: Final = timedelta(days=1)


def read_period(state: Path, first: date | None = None, last: date | None = None) -> WatchRecord:
    """What was read in a period; alarms and harm are those that hold now, beside alarms of the period that are over.

    Args:
        state: directory of a watch, which may be running.
        first: day of the oldest window (UTC); None: the oldest there is.
        last: day of the newest window; None: the newest there is.

    Raises:
        ExperimentError: the period ends before it begins.
        RunError: the directory holds no watch, or a file of it is damaged.
    """
    if first is not None and last is not None and last < first:
        raise ExperimentError(f"a period should end after it begins, but {last} is before {first}")
    if not (state / WATCH).exists():
        raise RunError(f"'{state}' should be the state of a watch, but has no {WATCH}; taskfusion watch run makes it")
    now = read_artifact(state / WATCH, WatchRecord)
    begin = None if first is None else datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = None if last is None else datetime(last.year, last.month, last.day, tzinfo=UTC) + _DAY
    windows = [*_kept(state, "windows", WindowReading, first, last), *now.windows]
    traffic = [*_kept(state, "traffic", TrafficReading, first, last), *now.traffic]
    content = now.model_dump()
    content["windows"] = [one.model_dump() for one in _once(windows, ("task", "segment", "bundle"), begin, end)]
    content["traffic"] = [one.model_dump() for one in _once(traffic, ("bundle", "tier", "arm"), begin, end)]
    for name in ("features", "edges", "experts"):
        content[name] = [one.model_dump() for one in getattr(now, name) if _is_in(one.end, begin, end)]
    over = sorted(_kept(state, "alarms", EndedAlarm, first, None), key=attrgetter("until"))
    content["ended"] = [
        dict(one) for one in over if _is_in(one.until, begin, None) and (end is None or one.since < end)
    ]
    if begin is not None and now.data_from is not None:
        content["data_from"] = max(begin, now.data_from)
    if end is not None and now.data_until is not None:
        content["data_until"] = min(end, now.data_until)
    return WatchRecord.model_validate(content)


def _kept(state: Path, what: str, kind: type[K], first: date | None, last: date | None) -> Iterator[K]:
    """Lines of the history of the days of a period; a last line that is being written is left out."""
    for path in sorted((state / HISTORY).glob(f"{what}-*.jsonl")):
        day = date.fromisoformat(path.stem.removeprefix(f"{what}-"))
        if (first is None or day >= first) and (last is None or day <= last):
            with reading(path, EXPECTED):
                text = path.read_text(encoding="utf-8")
            lines = text.splitlines() if text.endswith("\n") else text.splitlines()[:-1]
            yield from (parse(path, kind, line) for line in lines)


def _once(readings: Iterable[R], keys: tuple[str, ...], begin: datetime | None, end: datetime | None) -> list[R]:
    """Those of a period, oldest first, each once: the last ones stand in the history and in watch.json."""
    found: dict[tuple[object, ...], R] = {}
    series = attrgetter(*keys, "start")
    for one in readings:
        if _is_in(one.end, begin, end):
            found[series(one)] = one
    return sorted(found.values(), key=attrgetter("end"))


def _is_in(moment: datetime, begin: datetime | None, end: datetime | None) -> bool:
    return (begin is None or moment > begin) and (end is None or moment <= end)
