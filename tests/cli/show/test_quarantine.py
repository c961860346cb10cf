"""What quarantine prints."""

import pytest

from quarantines import record
from taskfusion.cli.show.quarantine import print_quarantine


def test_losses_and_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_quarantine(record())
    shown = " ".join(capsys.readouterr().out.split())
    assert "click is in quarantine" in shown
    assert "recalibrated" in shown
    assert "Nothing was written" not in shown


def test_where_it_does_not_help_it_says_what_does(capsys: pytest.CaptureFixture[str]) -> None:
    print_quarantine(record(mean=1.0))
    shown = " ".join(capsys.readouterr().out.split())
    assert "--set sharing.quarantine=[click]" in shown
    assert "Nothing was written" in shown
