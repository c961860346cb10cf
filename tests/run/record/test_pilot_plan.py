"""A plan survives JSON."""

from pilot.logs import charter, kpi, log
from taskfusion.pilot.plan import plan_pilot
from taskfusion.run.record.pilot_plan import PilotPlan


def test_a_plan_survives_json() -> None:
    found = plan_pilot(charter(), {"click": kpi("click"), "watch": kpi("watch", "quality")}, log().lazy(), "log")
    assert PilotPlan.model_validate_json(found.model_dump_json()) == found
