"""A ramp in words."""

from typing import get_args

import pytest

from ramp_records import ALARM, START, record
from taskfusion.report.ramp_words import REASONS, end_words, line_words, reason_words, reasons_words, stage_words
from taskfusion.run.record.ramp import JournalEvent, JournalLine, Outcome, Reason, ReasonKind


@pytest.mark.parametrize("kind", get_args(ReasonKind))
def test_each_reason_is_a_sentence(kind: ReasonKind) -> None:
    found = reason_words(Reason(kind=kind, subject="like", value=0.02, limit=3.0, detail="see here."))
    assert found[0].isupper() or found.startswith("like")
    assert found.endswith(".")
    assert ".." not in found
    assert set(REASONS) == set(get_args(ReasonKind))


def test_numbers_are_told() -> None:
    assert (
        reason_words(ALARM) == "Alarm calibration 'like': 12, limit 9; the runbook says what to do under calibration."
    )
    assert reason_words(Reason(kind="kpi worse", subject="like", value=-0.021)).startswith("like is worse: −2.10")


def test_what_two_judges_found_is_said_once() -> None:
    fine = Reason(kind="nothing wrong")
    assert reasons_words([fine, fine]) == reasons_words([fine]) == ["Nothing is wrong."]


@pytest.mark.parametrize("event", get_args(JournalEvent))
def test_each_line_says_what_happened(event: JournalEvent) -> None:
    outcome: Outcome | None = "failure" if event == "read" else None
    line = JournalLine(time=START, event=event, stage=1, outcome=outcome, reasons=[ALARM], message="refused")
    assert line_words(line, record())
    if event == "read":
        assert line_words(line, record()).startswith("1\u202f%: failure. Alarm")


def test_the_end_says_where_units_are() -> None:
    assert end_words(record()) == ["The candidate has no units any more."]
    assert end_words(record(phase="done", percent=99.0, stage=2))[1] == "The candidate answers 99 % of units."
    assert "stopped from outside" in end_words(record(phase="staying", percent=1.0, error="somebody"))[0]
    assert stage_words(record(), -1) == "before the first stage"
