"""Parts of the time of a row."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from taskfusion.inspect.init.calendar import calendar_features
from taskfusion.inspect.init.column import profile_columns
from taskfusion.inspect.init.entry import Log

START = datetime(2024, 1, 1, 0, 30)
HOURS = [START + timedelta(hours=5 * k) for k in range(200)]
LOG = Log(pl.DataFrame(), is_whole=True, ids={}, time="seen at", growing=frozenset(), named=())


def _parts(times: Sequence[object], log: Log = LOG, taken: tuple[str, ...] = (), **others: object) -> list[str]:
    sample = pl.DataFrame({"seen at": times, **others})
    found = calendar_features(profile_columns(sample), replace(log, sample=sample), taken)
    assert all(entry.settings["column"] == "seen at" for entry in found)
    assert all(entry.settings["name"] == f"seen_at_{entry.settings['part']}" for entry in found)
    return [entry.settings["part"] for entry in found]


@pytest.mark.parametrize(
    ("times", "parts"),
    [
        (HOURS, ["hour", "weekday"]),
        ([f"{time.isoformat()}Z" for time in HOURS], ["hour", "weekday"]),
        ([int(time.timestamp()) * 1000 for time in HOURS], ["hour", "weekday"]),
        (HOURS[:40], ["hour"]),
        ([time.date() for time in HOURS], ["weekday"]),
        ([str(time.date()) for time in HOURS], ["weekday"]),
        ([date(2024, 1, 1 + k % 13) for k in range(200)], []),
        (list(range(200)), []),
        ([20240101 + k for k in range(28)], []),
    ],
)
def test_parts_that_come_back(times: list[object], parts: list[str]) -> None:
    assert _parts(times) == parts


def test_a_part_that_stands_there_already_is_not_made_again() -> None:
    assert _parts(HOURS, event_hour=[time.hour for time in HOURS]) == ["weekday"]
    assert _parts(HOURS, taken=("seen_at_weekday",)) == ["hour"]
    assert _parts(HOURS, replace(LOG, time=None)) == []
