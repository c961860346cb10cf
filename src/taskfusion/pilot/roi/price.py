"""What cost.json says of a plan, as ranges: money for requests, for training, and how many models there are."""

from collections.abc import Sequence
from typing import Final

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import did_you_mean
from taskfusion.config.roi import Range, exactly
from taskfusion.config.traffic import A_MILLION
from taskfusion.run.record.cost import Amount, CostRecord, ModelCost, Plan
from taskfusion.run.record.roi import Source

MONTH_SECONDS: Final = 365.25 * 86_400 / 12
_ESTIMATED: Final = "estimated"


def plan_of(record: CostRecord, name: str) -> Plan:
    """A plan by its name.

    Raises:
        ExperimentError: there is none of that name.
    """
    plans = {plan.name: plan for plan in record.plans}
    if name not in plans:
        meant = did_you_mean(name, plans) or f"; there are {', '.join(plans)}"
        raise ExperimentError(f"the costs of '{record.name}' should have the plan '{name}'{meant}")
    return plans[name]


def models_of(record: CostRecord, plan: Plan) -> list[ModelCost]:
    """Models that a plan needs, and what they share."""
    needed = {(one.way, one.task) for one in plan.tasks}
    return [
        model
        for way in record.ways
        if any(way.name == name for name, _ in needed)
        for model in way.models
        if not model.tasks or any((way.name, task) in needed for task in model.tasks)
    ]


def count(models: Sequence[ModelCost]) -> int:
    """Models among them; what they share is none."""
    return sum(bool(model.tasks) for model in models)


def serving(record: CostRecord, plan: Plan, estimates: Range) -> tuple[Range, Source]:
    """Money for a million requests, with the range of its measurements, or times what estimates may be wrong."""
    money = plan.bill.money
    if not plan.is_measured:
        return _scaled(estimates, money), "estimated"
    amounts = [model.request_seconds for model in models_of(record, plan)]
    total = sum(one.value for one in amounts)
    low, high = (sum(_end(one, end) for one in amounts) for end in ("low", "high"))
    return Range(low=money * min(low / total, 1), likely=money, high=money * max(high / total, 1)), "measured here"


def training(record: CostRecord, plan: Plan, estimates: Range) -> tuple[Range, Source] | None:
    """Money for trainings in a month; None: cost.json does not know."""
    if plan.training_money is None:
        return None
    money = plan.training_money * record.traffic.requests_per_second * MONTH_SECONDS / A_MILLION
    times = [model.training_seconds for model in models_of(record, plan)]
    if any(one is not None and one.source.startswith(_ESTIMATED) for one in times):
        return _scaled(estimates, money), "estimated"
    return exactly(money), "from the run"


def requests_per_month(record: CostRecord) -> Range:
    """Requests in a month as the costs were computed for."""
    return exactly(record.traffic.requests_per_second * MONTH_SECONDS)


def _scaled(given: Range, money: float) -> Range:
    return Range(low=given.low * money, likely=given.likely * money, high=given.high * money)


def _end(amount: Amount, end: str) -> float:
    found = amount.low if end == "low" else amount.high
    return amount.value if found is None else found
