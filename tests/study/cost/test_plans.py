"""Plans: each way alone, mixes in front, and one that keeps the limits."""

from costs import BASE, DAILY, TASKS, model, three_ways, way
from taskfusion.config.derive import derive
from taskfusion.run.record.cost import WayCost
from taskfusion.study.cost.amount import estimated
from taskfusion.study.cost.plans import make_plans


def test_the_best_is_no_dearer_than_any_other_that_keeps_the_limits() -> None:
    for percent in (0.0, 1.0, 5.0, 100.0):
        plans, best = make_plans(three_ways(), BASE, TASKS, derive(DAILY, most_loss_percent=percent))
        chosen = next(plan for plan in plans if plan.name == best)
        assert chosen.why_not is None
        assert chosen.bill.money <= min(plan.bill.money for plan in plans if plan.why_not is None) + 1e-12
        names = [plan.name for plan in plans]
        assert len(set(names)) == len(names)
        assert {"one model, online", "trees, online", "separate models, 2 of 3 tasks in batch"} <= set(names)


def test_what_was_estimated_is_shown_but_never_advised() -> None:
    one = three_ways()[0]
    guessed: WayCost = way("separate models", [model([task], 0.01) for task in TASKS], {})
    models = tuple(
        type(each).model_validate({**dict(each), "request_seconds": estimated(each.request_seconds, "guess")})
        for each in guessed.models
    )
    guessed = WayCost(name=guessed.name, about="", models=models, losses={})
    plans, best = make_plans([one, guessed], BASE, TASKS, DAILY)
    by_name = {plan.name: plan for plan in plans}
    assert best is not None
    assert best.startswith("one model")
    assert not by_name["separate models, online"].is_measured
    assert "not known" in (by_name["separate models, online"].why_not or "")
    assert by_name["separate models, online"].tasks[0].loss_percent is None


def test_no_plan_is_best_where_a_limit_is_met_by_none() -> None:
    plans, best = make_plans(three_ways(), BASE, TASKS, derive(DAILY, most_loss={"click": 0.1}))
    assert best is None
    assert all(plan.why_not for plan in plans if "mix" not in plan.name)
