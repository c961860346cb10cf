"""The rule, over all that KPIs can show: harm goes first, and nothing ships that may cost too much."""

from itertools import product
from typing import get_args

import pytest

from pilot.worlds import START
from taskfusion.pilot.rule import Rule, decide
from taskfusion.run.record.pilot_memo import Exposure, Finding, Interval, KpiReading, Reason
from taskfusion.run.record.pilot_plan import KpiRole

UNITS = {"treatment": 10, "control": 12}


def reading(role: KpiRole, finding: Finding, name: str = "kpi") -> KpiReading:
    """A KPI that shows something."""
    effect = None if finding == "unknown" else Interval(change=0.02, lower=0.01, upper=0.03, error=0.005)
    return KpiReading(
        name=name, meaning=name, role=role, direction="up", control=1.0, treatment=1.02, effect=effect,
        least_effect=0.05, finding=finding, looks=[], matured=1.0, fading=None, adjusted=None,
    )  # fmt: skip


@pytest.mark.parametrize("rule", ["any", "all"])
@pytest.mark.parametrize("is_over", [False, True])
def test_every_combination_follows_the_rule(rule: Rule, is_over: bool) -> None:
    findings = get_args(Finding)
    for first, second, guard, bad in product(findings, repeat=4):
        readings = [reading("success", first), reading("success", second)]
        readings += [reading("guardrail", guard), reading("deterioration", bad)]
        action, reasons = decide(readings, rule, is_mismatch=False, is_over=is_over, units=UNITS)
        assert reasons
        proven = (any if rule == "any" else all)(one == "better" for one in (first, second))
        if "worse" in (first, second, guard, bad):
            assert action == "roll back"
        elif proven and guard in ("safe", "better"):
            assert action == "ship"
        else:
            assert action == ("hold" if is_over else "extend")


def test_nothing_is_believed_while_the_ratio_is_wrong() -> None:
    readings = [reading("success", "better"), reading("guardrail", "worse")]
    action, reasons = decide(readings, "any", is_mismatch=True, is_over=True, units=UNITS)
    assert (action, len(reasons)) == ("hold", 1)
    assert (reasons[0].kind, reasons[0].units) == ("ratio", UNITS)


def test_a_share_that_changed_is_told_before_a_ratio_that_follows_from_it() -> None:
    readings = [reading("success", "better")]
    exposure = Exposure(units=900, misplaced=100, named=["7"], moved=100, changed=START)
    action, reasons = decide(readings, "any", is_mismatch=True, is_over=True, units=UNITS, exposure=exposure)
    assert (action, reasons) == ("hold", [Reason(kind="share changed", exposure=exposure)])
    few = exposure.model_copy(update={"moved": 1})
    assert decide(readings, "any", is_mismatch=False, is_over=True, units=UNITS, exposure=few)[1][0].kind == "misplaced"


def test_reasons_have_numbers() -> None:
    _, reasons = decide([reading("success", "better", "like")], "any", is_mismatch=False, is_over=False, units=UNITS)
    effect = Interval(change=0.02, lower=0.01, upper=0.03, error=0.005)
    assert reasons == [Reason(kind="better", kpi="like", effect=effect)]
    blocked = [reading("success", "better", "like"), reading("guardrail", "not shown", "watch")]
    _, reasons = decide(blocked, "any", is_mismatch=False, is_over=False, units=UNITS)
    assert reasons[1] == Reason(kind="unsafe", kpi="watch", effect=effect, limit=0.05)
    _, reasons = decide([reading("success", "unknown", "buy")], "any", is_mismatch=False, is_over=True, units=UNITS)
    assert reasons == [Reason(kind="never", kpi="buy")]
    _, reasons = decide([reading("success", "worse", "buy")], "any", is_mismatch=False, is_over=True, units=UNITS)
    assert reasons == [Reason(kind="worse", kpi="buy", effect=effect)]
