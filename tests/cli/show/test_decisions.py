"""What is printed of a log."""

from pathlib import Path

import pytest

from serve.decision.test_summary import logged
from taskfusion.cli.show.decisions import print_decisions
from taskfusion.serve.decision.read import read_decisions
from taskfusion.serve.decision.summary import summary


def test_who_answered_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logged(tmp_path, sample=1.0)
    print_decisions(summary(read_decisions(tmp_path)), None)
    shown = capsys.readouterr().out
    for text in ("fallback", "deadline", "b" * 12, "20.00 %", "1970-01-01 00:00:04", "predictions: click, like"):
        assert text in shown
    assert "stand for" not in shown
    assert "arm" not in shown
    assert "b" * 13 not in shown


def test_no_decisions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "decisions-1.arrows").write_bytes(b"")
    print_decisions(summary(read_decisions(tmp_path)), None)
    assert capsys.readouterr().out == "no decisions yet\n"
