"""What a watch says in a terminal."""

from pathlib import Path

import pytest

from taskfusion.cli.show.watch import print_reference, print_watch
from taskfusion.run.record.alarms import EndedAlarm
from taskfusion.run.record.watch import WatchRecord
from watch.worlds import reference
from watches import RECORD


def test_tasks_alarms_and_what_came_too_late_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_watch(RECORD)
    shown = capsys.readouterr().out
    for word in (
        "like",
        "1.200",
        "149% of limit",
        "90%",
        "3 labels came too late",
        "page: calibration of like",
        "roll back",
    ):
        assert word in shown.replace("\n", " ")


def test_a_watch_that_read_nothing_does_not_say_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    fine = {**dict(RECORD), "alarms": [], "harm": []}
    print_watch(WatchRecord(**fine))
    assert "nothing is wrong" in capsys.readouterr().out
    print_watch(WatchRecord(**{**fine, "data_until": None}))
    shown = capsys.readouterr().out
    assert "nothing was read" in shown
    assert "wrong" not in shown


def test_tasks_without_a_mature_label_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    print_watch(RECORD)
    assert "not judged" not in capsys.readouterr().out
    labels = [one.model_copy(update={"labelled": 0}) for one in RECORD.labels]
    print_watch(WatchRecord(**{**dict(RECORD), "labels": labels}))
    assert f"no label is mature of {labels[0].task}" in capsys.readouterr().out.replace("\n", " ")


def test_alarms_that_are_over_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    over = EndedAlarm(**dict(RECORD.alarms[0]), until=RECORD.written)
    print_watch(WatchRecord(**{**dict(RECORD), "ended": [over]}))
    assert "over: calibration of like from" in capsys.readouterr().out


def test_a_reference_says_what_it_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_reference(reference(tmp_path / "r", count=3000).reference)
    shown = capsys.readouterr().out
    assert "like" in shown
    assert "+" in shown
