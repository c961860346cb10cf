"""What a plan of a pilot prints."""

import pytest

from pilot.logs import charter, kpi, log
from taskfusion.cli.show.pilot_plan import print_plan
from taskfusion.pilot.plan import plan_pilot


def test_each_kpi_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    kpis = {"click": kpi("click"), "watch": kpi("watch", "guardrail")}
    print_plan(plan_pilot(charter(percent=2), kpis, log().lazy(), "log"))
    shown = " ".join(capsys.readouterr().out.split())
    assert "matters from" in shown
    assert "Too small" in shown
    assert "this pilot cannot see less than +" in shown
    assert "Harm to watch is seen from" in shown
