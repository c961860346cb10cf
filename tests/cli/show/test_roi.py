"""What a return prints."""

from pathlib import Path

import pytest

from report.test_roi import record
from taskfusion.cli.show.roi import print_roi


def test_a_line_per_case_and_what_follows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_roi(record(tmp_path))
    shown = " ".join(capsys.readouterr().out.split())
    assert "savings alone" in shown
    assert "with shown effects" in shown
    assert "Go: it pays." in shown
    assert "hate: the pilot read it" in shown
