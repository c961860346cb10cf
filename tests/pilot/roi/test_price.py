"""What costs say of plans."""

import pytest

from costs import TASKS, model, record, three_ways, way
from taskfusion.base.errors import ExperimentError
from taskfusion.config.roi import Range, exactly
from taskfusion.pilot.roi.price import MONTH_SECONDS, count, models_of, plan_of, requests_per_month, serving, training
from taskfusion.run.record.cost import ModelCost
from taskfusion.study.cost.amount import estimated, measured

COST = record()
ESTIMATES = Range(low=0.5, likely=1, high=2)


@pytest.mark.parametrize(
    ("name", "models"), [("one model, online", 1), ("separate models, online", 3), ("trees, online", 3)]
)
def test_models_are_counted(name: str, models: int) -> None:
    found = models_of(COST, plan_of(COST, name))
    assert count(found) == models
    assert len(found) == models + (name == "trees, online")


def test_measured_money_has_the_range_of_its_measurements() -> None:
    plan = plan_of(COST, "one model, online")
    found, source = serving(COST, plan, ESTIMATES)
    money = plan.bill.money
    assert (found.low, found.likely, found.high) == pytest.approx((0.9 * money, money, 1.1 * money))
    assert source == "measured here"
    assert training(COST, plan, ESTIMATES) == (
        exactly((plan.training_money or 0) * COST.traffic.requests_per_second * MONTH_SECONDS / 1e6),
        "from the run",
    )


def test_estimates_are_marked_and_may_be_wrong() -> None:
    shared = model(TASKS, 3.0)
    guess = estimated(measured([0.003]), "as the model of all tasks")
    alone = [
        ModelCost(tasks=(task,), predictions=1, request_seconds=guess, row_seconds=guess,
                  process_mb=shared.process_mb, training_seconds=estimated(measured([60.0]), "the same"))
        for task in TASKS
    ]  # fmt: skip
    cost = record(ways=[way("one model", [shared], {}), way("separate models", alone, {})])
    plan = plan_of(cost, "separate models, online")
    found, source = serving(cost, plan, ESTIMATES)
    assert source == "estimated"
    assert (found.low, found.high) == pytest.approx((0.5 * plan.bill.money, 2 * plan.bill.money))
    known = training(cost, plan, ESTIMATES)
    assert known is not None
    assert known[1] == "estimated"


def test_training_that_is_not_known() -> None:
    ways = [way("one model", [model(TASKS, 3.0, training=None)], {}), *three_ways()[1:]]
    cost = record(ways=ways)
    assert training(cost, plan_of(cost, "one model, online"), ESTIMATES) is None


def test_requests_are_those_of_the_costs() -> None:
    assert requests_per_month(COST).likely == pytest.approx(100 * 365.25 / 12 * 86_400)


def test_a_plan_that_is_not_there_is_named() -> None:
    with pytest.raises(
        ExperimentError, match="should have the plan 'one model, onlin'; did you mean 'one model, online'"
    ):
        plan_of(COST, "one model, onlin")
