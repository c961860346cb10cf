"""What the command prints of a ramp."""

import pytest

from ramp_records import START, record
from taskfusion.cli.show.ramp import print_line, print_ramp
from taskfusion.run.record.ramp import JournalLine


def test_lines_and_the_end_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_line(JournalLine(time=START, event="moved", stage=0), record())
    print_ramp(record())
    said = capsys.readouterr().out
    assert "2026-11-02 09:00:00 shadow: reached" in said
    assert "no units any more" in said
