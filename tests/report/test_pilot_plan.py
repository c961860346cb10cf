"""The page of a plan says whether a pilot is large enough, and what it would take."""

from typing import Any

import pytest

from pilot.logs import charter, kpi, log
from taskfusion.pilot.plan import plan_pilot
from taskfusion.report.pilot_plan import cautions, guard_sentences, kpi_sentence, plan_box, plan_report
from taskfusion.run.record.pilot_plan import KpiPlan, PilotPlan
from translations import english_left, in_japanese


def _plan(least: float = 0.02, **more: Any) -> PilotPlan:
    kpis = {"click": kpi("click", least_effect=least), "watch": kpi("watch", "guardrail", delay_days=1)}
    return plan_pilot(charter(**more), kpis, log().lazy(), "log")


def test_one_that_is_too_small_says_what_it_takes() -> None:
    found = _plan(0.15, percent=2)
    assert plan_box(found).title.startswith("Too small: give each arm ")
    assert "With 2 % of units this pilot cannot see less than +" in kpi_sentence(found.kpis[0], found)
    assert "15 % is worth shipping: too small, it takes " in kpi_sentence(found.kpis[0], found)
    assert "Harm to watch is seen from" in guard_sentences(found)[0]
    page = plan_report(found)
    assert "Clicks" not in page
    assert "pilot plan CHARTER.yaml" in page
    assert "pilot assign" not in page


def test_one_that_is_large_enough_says_so() -> None:
    found = _plan(0.9, percent=20)
    assert plan_box(found).title == "Large enough"
    assert plan_box(found).command.startswith("taskfusion pilot assign CHARTER.yaml")
    assert kpi_sentence(found.kpis[0], found).endswith("large enough.")


def test_what_is_hopeless_is_not_given_a_number() -> None:
    found = _plan()
    hopeless = found.kpis[0].model_copy(update={"detectable": 12.0})
    assert "cannot see less than a change of over 1,000 % in click" in kpi_sentence(hopeless, found)
    assert "from over 1,000 %" in guard_sentences(found.model_copy(update={"kpis": [_guard(found)]}))[0]


def _guard(found: PilotPlan) -> KpiPlan:
    return found.kpis[1].model_copy(update={"detectable": 12.0, "is_enough": False})


def test_nothing_that_half_of_all_would_do_is_told() -> None:
    assert "half of all units" in plan_box(_plan(0.0001)).title


@pytest.mark.parametrize(
    ("change", "words"),
    [({"days": 20}, "Plan on a longer log"), ({"days": 10}, "observe whole weeks"), ({}, "decide on day 15")],
)
def test_what_makes_it_less_sure_is_told(change: dict[str, Any], words: str) -> None:
    assert any(words in sentence for sentence in cautions(_plan(**change)))


@pytest.mark.parametrize("least", [0.0001, 0.15, 0.9])
def test_it_can_be_read_in_japanese(least: float) -> None:
    page = in_japanese(plan_report, _plan(least, percent=2, days=10))
    assert english_left(page, "CUPED") == []
    assert "パイロットの計画" in page
