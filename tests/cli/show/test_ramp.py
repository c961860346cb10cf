"""What the command prints of a ramp."""

from datetime import timedelta

import pytest

from ramp_records import ALARM, START, record
from taskfusion.cli.show.ramp import Lines, print_ramp
from taskfusion.run.record.ramp import JournalLine, Outcome, Reason

AWAITED = Reason(kind="outcomes awaited", value=1, limit=3)


def _read(seconds: float, *reasons: Reason, outcome: Outcome = "running", stage: int = 1) -> JournalLine:
    time = START + timedelta(seconds=seconds)
    return JournalLine(time=time, event="read", stage=stage, outcome=outcome, reasons=list(reasons))


def _printed(capsys: pytest.CaptureFixture[str], *lines: JournalLine) -> list[str]:
    show = Lines()
    for line in lines:
        show(line, record())
    return capsys.readouterr().out.splitlines()


def test_lines_and_the_end_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    (said,) = _printed(capsys, JournalLine(time=START, event="moved", stage=0))
    assert said == "2026-11-02 09:00:00 shadow: reached"
    print_ramp(record())
    assert "no units any more" in capsys.readouterr().out


def test_looks_that_find_the_same_are_printed_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _printed(capsys, *(_read(2.0 * number, AWAITED) for number in range(91)))
    assert [line.split()[1] for line in lines] == ["09:00:00", "09:01:00", "09:02:00", "09:03:00"]


def test_what_changes_is_printed_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    more = AWAITED.model_copy(update={"value": 2})
    worse = ALARM.model_copy(update={"value": 13.0})
    lines = _printed(
        capsys,
        _read(0, AWAITED),
        _read(1, more),
        _read(2, more, stage=2),
        _read(3, ALARM, outcome="inconclusive", stage=2),
        _read(4, worse, outcome="inconclusive", stage=2),  # its number alone is another
        _read(5, ALARM, outcome="failure", stage=2),
        JournalLine(time=START, event="left", stage=2),
        JournalLine(time=START, event="error", stage=2, message="refused"),
        JournalLine(time=START, event="error", stage=2, message="refused"),
    )
    assert [line.split()[1][-1] for line in lines] == [*"01235", *"000"]
