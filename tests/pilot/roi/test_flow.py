"""Money against its sums by hand."""

import numpy as np
import pytest

from taskfusion.config.roi import exactly
from taskfusion.pilot.roi.flow import flow
from taskfusion.pilot.roi.inputs import Inputs
from taskfusion.run.record.pilot_memo import Interval


def _inputs(*, has_training: bool = True) -> Inputs:
    found = Inputs(4, 0)
    found.add("requests", exactly(3e6))
    found.add("hour", exactly(10))
    found.add("incident", exactly(100))
    for side, times in (("before", 2), ("after", 1)):
        found.add("serving", exactly(5 * times), side=side)  # type: ignore[arg-type]
        if has_training:
            found.add("training", exactly(7 * times), side=side)  # type: ignore[arg-type]
        found.add("hours per model", exactly(4), side=side)  # type: ignore[arg-type]
        found.add("pipelines", exactly(3 * times), side=side)  # type: ignore[arg-type]
        found.add("hours per pipeline", exactly(2), side=side)  # type: ignore[arg-type]
        found.add("incidents", exactly(0.5 * times), side=side)  # type: ignore[arg-type]
    found.add("migration hours", exactly(40))
    found.add("migration money", exactly(55))
    found.add("migration months", exactly(2))
    found.add("lasting", exactly(0.5))
    found.add("KPI per month", exactly(1000), kpi="like")
    found.add("KPI value", exactly(0.2), kpi="like")
    found.add_effect("like", Interval(change=0.1, lower=0.1, upper=0.1, error=0.0))
    return found


def test_money_is_what_it_is_by_hand() -> None:
    found = flow(_inputs(), {"before": 6, "after": 1})
    assert [float(one[0]) for one in found.costs["serving"]] == [30, 15]
    assert [float(one[0]) for one in found.costs["training"]] == [14, 7]
    before = (6 * 4 + 6 * 2) * 10 + 1 * 100
    after = (1 * 4 + 3 * 2) * 10 + 0.5 * 100
    assert [float(one[0]) for one in found.costs["maintenance"]] == [before, after]
    assert found.saved == pytest.approx(np.full(4, 15 + 7 + before - after))
    assert found.gains["like"] == pytest.approx(np.full(4, 1000 * 0.2 * 0.5 * 0.1))
    assert (found.once[0], found.delay[0]) == (455, 2)


def test_training_that_is_not_known_is_no_part() -> None:
    assert "training" not in flow(_inputs(has_training=False), {"before": 6, "after": 1}).costs
