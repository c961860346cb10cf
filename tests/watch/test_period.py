"""What was read in a period comes from the history and from what stands now, each once."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.record import write_artifact
from taskfusion.run.record.alarms import EndedAlarm
from taskfusion.run.record.watch import TrafficReading, WindowReading
from taskfusion.watch.period import read_period
from watched import START, alarm, readings, traffic, window


def _state(folder: Path) -> Path:
    """Ten days of history, whose last window stands in watch.json as well, and a line that is being written."""
    (folder / "history").mkdir()
    for day in range(10):
        when = (START + timedelta(days=day)).date()
        lines = WindowReading.model_validate(window(day=day, rows=4000 + day)).model_dump_json() + "\n"
        (folder / "history" / f"windows-{when}.jsonl").write_text(lines + '{"task": "cl')
        hour = TrafficReading.model_validate(traffic(24 * day)).model_dump_json() + "\n"
        (folder / "history" / f"traffic-{when}.jsonl").write_text(hour)
    now = [window(day=9, rows=4009), window(day=10, is_full=False)]
    write_artifact(folder / "watch.json", readings(windows=now, traffic=[traffic(240)]))
    return folder


def test_without_a_period_it_is_all_that_was_read(tmp_path: Path) -> None:
    found = read_period(_state(tmp_path))
    assert [one.rows for one in found.windows] == [*range(4000, 4010), 5000]
    assert len(found.traffic) == 11
    assert found.data_from == START


def test_a_period_holds_its_days_with_both_ends(tmp_path: Path) -> None:
    first, last = (START + timedelta(days=3)).date(), (START + timedelta(days=5)).date()
    found = read_period(_state(tmp_path), first, last)
    assert found.data_from is not None
    assert (found.data_from.date(), len(found.traffic)) == (first, 3)
    # A window belongs to the day that it ends on; those of this history begin at noon.
    assert [one.rows for one in found.windows] == [4003, 4004]


def test_alarms_of_a_period_are_those_that_held_at_some_time_of_it(tmp_path: Path) -> None:
    state = _state(tmp_path)
    spans = {"early": (0, 2), "into": (2, 3.5), "within": (4, 4.5), "across": (1, 9), "out": (5.2, 8), "late": (7, 8)}
    for name, (since, until) in spans.items():
        found = EndedAlarm(
            **dict(alarm(task=name, since=START + timedelta(days=since))), until=START + timedelta(days=until)
        )
        with (state / "history" / f"alarms-{found.until:%Y-%m-%d}.jsonl").open("a") as file:
            file.write(found.model_dump_json() + "\n")
    first, last = (START + timedelta(days=3)).date(), (START + timedelta(days=5)).date()
    assert {one.task for one in read_period(state, first, last).ended} == {"into", "within", "out", "across"}
    everything = read_period(state).ended
    assert {one.task for one in everything} == set(spans)
    assert [one.until for one in everything] == sorted(one.until for one in everything)


def test_what_is_no_period_or_no_watch_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="2026-01-01 is before 2026-01-02"):
        read_period(tmp_path, date(2026, 1, 2), date(2026, 1, 1))
    with pytest.raises(RunError, match=r"has no watch\.json; taskfusion watch run makes it"):
        read_period(tmp_path)
    state = _state(tmp_path)
    (next((state / "history").glob("windows-*"))).write_text("{}\n")
    with pytest.raises(RunError, match="windows-"):
        read_period(state)
