"""A journal reads back whatever was cut off its end, and refuses what it did not write."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pilot.ramps import BASE
from taskfusion.base.errors import RunError, StorageError
from taskfusion.config.routes import Tier
from taskfusion.pilot.ramp.journal import JOURNAL, Journal
from taskfusion.run.record.ramp import JournalLine, RampPlan, Reason

NOW = datetime(2026, 11, 2, tzinfo=UTC)
PLAN = RampPlan(name="p", candidate=Tier(bundle="/new"), stages=["1"], percents=[1.0], holdback=1.0)
LINES = [
    JournalLine(time=NOW, event="begun", stage=-1, plan=PLAN, routes=BASE),
    JournalLine(time=NOW, event="read", stage=-1, outcome="success", reasons=[Reason(kind="nothing wrong")]),
    JournalLine(time=NOW, event="moved", stage=0, bundle="new", first_day=NOW.date()),
]


def _written(folder: Path) -> bytes:
    journal = Journal.open(folder)
    for line in LINES:
        journal.add(line)
    return (folder / JOURNAL).read_bytes()


def test_lines_read_back(tmp_path: Path) -> None:
    assert _written(tmp_path).count(b"\n") == 3
    assert Journal.open(tmp_path).lines == LINES
    assert Journal.open(tmp_path / "none").lines == []


def test_whatever_is_cut_off_the_end_whole_lines_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
    content = _written(tmp_path)
    for length in range(len(content) + 1):
        (tmp_path / JOURNAL).write_bytes(content[:length])
        found = Journal.open(tmp_path)
        assert found.lines == LINES[: content[:length].count(b"\n")]
        if found.lines:
            found.add(LINES[1])
            assert Journal.open(tmp_path).lines == found.lines


@pytest.mark.parametrize("content", [b"{}\n", b"nothing\n", LINES[1].model_dump_json().encode() + b"\n"])
def test_what_is_no_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / JOURNAL).write_bytes(content)
    with pytest.raises(RunError, match=JOURNAL):
        Journal.open(tmp_path)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).mkdir()
    with pytest.raises(StorageError, match="a ramp does nothing that it cannot write down"):
        Journal.open(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        Journal(tmp_path / "file" / JOURNAL, []).add(LINES[0])
