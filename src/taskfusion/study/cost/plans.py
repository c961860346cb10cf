"""The plans of a page: each way alone, online and in batch where that may be, and the cheapest mixes."""

from collections.abc import Sequence

from taskfusion.config.traffic import Traffic
from taskfusion.run.record.cost import BaseCost, Plan, PlannedTask, WayCost, WayName
from taskfusion.study.cost.amount import is_measured
from taskfusion.study.cost.mix import Choices, Limits, broken, cheapest, front, loss_percent
from taskfusion.study.cost.price import Choice, plan_bill, training_money


def make_plans(
    ways: Sequence[WayCost], base: BaseCost, tasks: Sequence[str], traffic: Traffic
) -> tuple[tuple[Plan, ...], str | None]:
    """All plans, mixes in front, and the name of the cheapest one that keeps the limits; None: none does.

    Args:
        ways: measured or estimated; the former alone are mixed.
        base: what every plan needs.
        tasks: all of them, in order.
        traffic: how much is asked for, the limits, and the prices.
    """
    known = [way for way in ways if all(is_measured(model.request_seconds) for model in way.models)]
    named = {name: choices for way in ways for name, choices in _alone(way.name, tasks, traffic).items()}
    best = cheapest(known, base, tasks, Limits.of(traffic), traffic)
    mixes: dict[str, Choices] = {}
    if best is not None and best not in named.values():
        mixes["cheapest mix"] = best
    for _, choices in front(known, base, tasks, traffic):
        if choices not in [*named.values(), *mixes.values()]:
            worst = _worst(known, choices)
            mixes[f"mix, losses up to {worst:.2f} % higher" if worst > 0 else "mix of the lowest losses"] = choices
    plans = tuple(_plan(name, choices, ways, known, base, traffic) for name, choices in {**mixes, **named}.items())
    chosen = next(
        (plan.name for plan, choices in zip(plans, [*mixes.values(), *named.values()], strict=True) if choices == best),
        None,
    )
    return plans, chosen


def _alone(way: WayName, tasks: Sequence[str], traffic: Traffic) -> dict[str, Choices]:
    """All tasks by one way: online, and as much in batch as freshness allows."""
    found = {f"{way}, online": {task: Choice(way, "online") for task in tasks}}
    old = [task for task in tasks if task in traffic.freshness_hours]
    if old:
        name = f"{way}, in batch" if len(old) == len(tasks) else f"{way}, {len(old)} of {len(tasks)} tasks in batch"
        found[name] = {task: Choice(way, "batch" if task in old else "online") for task in tasks}
    return found


def _worst(ways: Sequence[WayCost], choices: Choices) -> float:
    return max((over for task, choice in choices.items() if (over := _over(ways, task, choice)) is not None), default=0)


def _over(ways: Sequence[WayCost], task: str, choice: Choice) -> float | None:
    return loss_percent(ways, next(way for way in ways if way.name == choice.way), task)


def _plan(
    name: str, choices: Choices, ways: Sequence[WayCost], known: Sequence[WayCost], base: BaseCost, traffic: Traffic
) -> Plan:
    limits, used = Limits.of(traffic), {choice.way for choice in choices.values()}
    among = known if used <= {way.name for way in known} else ways
    reasons = [broken(among, task, choice, limits, traffic) for task, choice in choices.items()]
    return Plan(
        name=name,
        tasks=tuple(
            PlannedTask(task=task, way=choice.way, mode=choice.mode, loss_percent=_over(ways, task, choice))
            for task, choice in choices.items()
        ),
        bill=plan_bill(ways, base, choices, traffic),
        training_money=training_money(ways, choices, traffic),
        is_measured=used <= {way.name for way in known},
        why_not=next((reason for reason in reasons if reason is not None), None),
    )
