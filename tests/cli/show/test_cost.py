"""What is printed of costs."""

import pytest

from costs import record
from taskfusion.cli.show.cost import print_cost


def test_plans_and_what_to_do_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_cost(record())
    printed = capsys.readouterr().out
    assert "one model, online" in printed
    assert "Serve " in printed
