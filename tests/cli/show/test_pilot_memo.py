"""What a memo prints."""

import pytest

from report.test_pilot_memo import memo
from taskfusion.cli.show.pilot_memo import print_memo


def test_what_to_do_and_each_kpi(capsys: pytest.CaptureFixture[str]) -> None:
    print_memo(memo())
    shown = " ".join(capsys.readouterr().out.split())
    assert "Ship it like is better: " in shown
    assert "never happened" in shown
    assert "days of exposure: 3 of 14; change" in shown
    print_memo(memo(day=15, delay=1))
    shown = " ".join(capsys.readouterr().out.split())
    assert "days of exposure: 14 of 14, days of waiting for outcomes: 1 of 1; change" in shown
