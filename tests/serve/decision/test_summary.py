"""Decisions are counted by who answered and why."""

from pathlib import Path

import polars as pl
import pytest

from serve.decisions import NAMES, scored
from taskfusion.base.errors import DataError, RunError
from taskfusion.base.lock import only_writer
from taskfusion.config.decisions import DecisionSettings
from taskfusion.serve.decision.read import read_decisions
from taskfusion.serve.decision.record import Decision
from taskfusion.serve.decision.summary import summary, write_decisions
from taskfusion.serve.decision.writer import DecisionLog


def logged(path: Path, decisions: int = 5, sample: float = 0.5) -> None:
    """A log with one answer of a fallback and others of a primary tier."""
    log = DecisionLog(DecisionSettings(directory=str(path), sample=sample), "here", print)
    content = scored().packed()
    for number in range(decisions):
        is_late = number == 2
        tier, reason = ("fallback", "deadline") if is_late else ("primary", None)
        seconds = None if is_late else number / 100
        bundle = None if is_late else "b" * 64
        log.put(Decision(str(number), 10**6 * number, NAMES, content, tier, None, reason, bundle, seconds))
    log.close()


def test_they_are_counted_by_who_answered_and_why(tmp_path: Path) -> None:
    logged(tmp_path)
    found = summary(read_decisions(tmp_path))
    assert (found.decisions, found.requests, found.candidates) == (5, 10.0, 2.0)
    assert found.sources == ["here"]
    assert found.predictions == list(NAMES)
    assert (found.first, found.last) == ("1970-01-01T00:00:00+00:00", "1970-01-01T00:00:04+00:00")
    first, second = found.groups
    assert (first.tier, first.reason, first.bundle) == ("primary", None, "b" * 64)
    assert (first.decisions, first.requests) == (4, 8)
    assert first.model_seconds == pytest.approx(0.02, abs=1e-8)
    assert (second.tier, second.reason, second.bundle, second.model_seconds) == ("fallback", "deadline", None, None)
    assert second.first == second.last == "1970-01-01T00:00:02+00:00"


def test_a_log_of_no_decisions_is_none(tmp_path: Path) -> None:
    (tmp_path / "decisions-1.arrows").write_bytes(b"")
    found = summary(read_decisions(tmp_path))
    assert (found.decisions, found.candidates, found.first, found.groups) == (0, None, None, [])


def test_all_are_written_as_one_file_or_none(tmp_path: Path) -> None:
    logged(tmp_path / "log")
    log, out = read_decisions(tmp_path / "log"), tmp_path / "all.parquet"
    write_decisions(log, out)
    assert pl.read_parquet(out).equals(log.collect())
    with pytest.raises(DataError, match="exists already"):
        write_decisions(log, out)
    with only_writer(out), pytest.raises(RunError, match="is being written"):
        write_decisions(log, out)
