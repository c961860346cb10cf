"""The benchmark of the decision log runs and finds every decision."""

from pathlib import Path

import pytest

from benchmarks.__main__ import DOCS
from benchmarks.decision_log import costs, killed
from taskfusion.serve.decision.read import read_decisions


def test_costs_are_measured() -> None:
    lines = costs(300).splitlines()
    assert [line.count("|") for line in lines[:6]] == [5] * 6
    assert "of 300 requests" in lines[-1]


def test_kills_lose_nothing_that_was_written(tmp_path: Path) -> None:
    kills, told, held, lost, twice = killed(tmp_path, 2)
    assert (kills, lost, twice) == ("2", "0", "0")
    assert int(held.replace(",", "")) >= int(told.replace(",", ""))


def test_a_decision_that_is_missing_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.decision_log.read_decisions", lambda folder: read_decisions(folder).slice(1))
    with pytest.raises(RuntimeError, match="after kill 0 the log should hold"):
        killed(tmp_path, 1)


def test_the_page_has_its_marks_and_its_command() -> None:
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert text.count("<!-- decision-log -->\n") == text.count("\n<!-- end of decision-log -->") == 1
    assert "`python -m benchmarks.decision_log`" in text
