"""The cheapest way for every task, exactly: once it is decided which shared models run and how often their batches do,
each task chooses for itself.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from taskfusion.config.traffic import Traffic
from taskfusion.run.record.cost import BaseCost, Mode, ModelCost, WayCost
from taskfusion.study.cost.price import (
    NUMBER_BYTES,
    Choice,
    lookup_bill,
    model_bill,
    plan_bill,
    predictions_of,
    store_bill,
)

MODES: tuple[Mode, ...] = ("online", "batch")
Choices = dict[str, Choice]


@dataclass(frozen=True)
class Limits:
    """What a plan may cost in quality.

    Attributes:
        percent: how much a task's loss may be above that of its best model, in percent.
        most: by task, the highest loss.
    """

    percent: float
    most: Mapping[str, float]

    @classmethod
    def of(cls, traffic: Traffic) -> "Limits":
        """Those of a file of traffic."""
        return cls(traffic.most_loss_percent, traffic.most_loss)


def loss_percent(ways: Sequence[WayCost], way: WayCost, task: str) -> float | None:
    """By how much a task's loss is above that of its best model, in percent; None: its loss is not known."""
    if task not in way.losses:
        return None
    best = min(one.losses[task].value for one in ways if task in one.losses)
    own = way.losses[task].value
    return 100 * (own / best - 1) if best > 0 else (0.0 if own <= best else math.inf)


def broken(ways: Sequence[WayCost], task: str, choice: Choice, limits: Limits, traffic: Traffic) -> str | None:
    """The limit that a choice breaks, in words; None: none. A way whose loss is not known keeps a limit only where it
    is the only way.
    """
    way = next(one for one in ways if one.name == choice.way)
    if choice.mode == "batch" and not traffic.pairs:
        return "users and items_per_user, which a batch needs, are not given"
    if choice.mode == "batch" and task not in traffic.freshness_hours:
        return f"{task} is to be answered online: freshness_hours does not name it"
    over = loss_percent(ways, way, task)
    if over is None:
        is_known = len(ways) > 1 or task in limits.most
        return f"the loss of {task} by {choice.way} is not known" if is_known else None
    if over > limits.percent + 1e-9:
        return f"the loss of {task} is {over:.2f} % above its best model's, at most {limits.percent:g} % are allowed"
    if task in limits.most and way.losses[task].value > limits.most[task]:
        return f"the loss of {task} is {way.losses[task].value:.4f}, at most {limits.most[task]:g} is allowed"
    return None


def allowed(ways: Sequence[WayCost], tasks: Sequence[str], limits: Limits, traffic: Traffic) -> dict[str, list[Choice]]:
    """By task, the choices that break no limit."""
    choices = [Choice(way.name, mode) for way in ways for mode in MODES]
    return {task: [one for one in choices if broken(ways, task, one, limits, traffic) is None] for task in tasks}


def unmet(ways: Sequence[WayCost], tasks: Sequence[str], limits: Limits, traffic: Traffic) -> str | None:
    """The limit that no way meets; None: each task has one."""
    found = allowed(ways, tasks, limits, traffic)
    task = next((one for one in tasks if not found[one]), None)
    if task is None:
        return None
    if task in limits.most:
        losses = [way.losses[task].value for way in ways if task in way.losses]
        if losses and min(losses) > limits.most[task]:
            return f"most_loss of {task} is {limits.most[task]:g}, but its best model reaches {min(losses):.4f}"
    reasons = [broken(ways, task, Choice(way.name, "online"), limits, traffic) for way in ways]
    return next((reason for reason in reasons if reason), None)


def cheapest(
    ways: Sequence[WayCost], base: BaseCost, tasks: Sequence[str], limits: Limits, traffic: Traffic
) -> Choices | None:
    """The choices whose plan_bill is the lowest; None: a limit is met by no way.

    Args:
        ways: that are chosen from.
        base: what every plan needs.
        tasks: all of them.
        limits: that each task keeps.
        traffic: how much is asked for, and the prices.
    """
    found = allowed(ways, tasks, limits, traffic)
    if not all(found.values()):
        return None
    best: tuple[float, Choices] | None = None
    for opened in _opened(ways, traffic):
        for has_lookup in (False, True):
            chosen = _given(ways, found, opened, traffic, has_lookup=has_lookup)
            if chosen is None:
                continue
            money, choices = chosen
            money += sum(model_bill(*one, traffic).money for one in opened.models)
            money += lookup_bill(base, traffic).money if has_lookup else 0.0
            if best is None or money < best[0] - 1e-12:
                best = money, choices
    return None if best is None else best[1]


@dataclass(frozen=True)
class _Opened:
    """Which models of several tasks run.

    Attributes:
        hours: by way and mode, the hours between passes (infinite online) of its models of several tasks; ways without
            such are always open.
        models: these models, with mode and hours.
    """

    hours: Mapping[Choice, float | None]
    models: Sequence[tuple[ModelCost, Mode, float]]


def _opened(ways: Sequence[WayCost], traffic: Traffic) -> Iterator[_Opened]:
    shared = {way.name: [model for model in way.models if len(model.tasks) != 1] for way in ways}
    places = [Choice(way.name, mode) for way in ways for mode in MODES if shared[way.name]]
    intervals = sorted(set(traffic.freshness_hours.values()))
    options: list[list[float | None]] = [[None, math.inf] if p.mode == "online" else [None, *intervals] for p in places]
    for hours in itertools.product(*options):
        by_place = dict(zip(places, hours, strict=True))
        models = [(m, p.mode, h) for p, h in by_place.items() if h is not None for m in shared[p.way]]
        yield _Opened(by_place, models)


def _given(
    ways: Sequence[WayCost],
    found: Mapping[str, Sequence[Choice]],
    opened: _Opened,
    traffic: Traffic,
    *,
    has_lookup: bool,
) -> tuple[float, Choices] | None:
    """Each task's cheapest choice and their price, the shared models left out; None: a task has none."""
    money, choices = 0.0, Choices()
    for task, options in found.items():
        prices = [(price, one) for one in options if (price := _price(ways, task, one, opened, traffic)) is not None]
        prices = [pair for pair in prices if has_lookup or pair[1].mode == "online"]
        if not prices:
            return None
        price, choices[task] = min(prices, key=lambda pair: pair[0])
        money += price
    return money, choices


def _price(ways: Sequence[WayCost], task: str, choice: Choice, opened: _Opened, traffic: Traffic) -> float | None:
    """What a task adds by itself; None: a model that it needs does not run, or not often enough."""
    hours = traffic.freshness_hours.get(task, math.inf)
    passes = opened.hours.get(choice, math.inf if choice.mode == "online" else hours)
    if passes is None or (choice.mode == "batch" and passes > hours):
        return None
    way = next(one for one in ways if one.name == choice.way)
    own = [model for model in way.models if model.tasks == (task,)]
    money = sum(model_bill(model, choice.mode, hours, traffic).money for model in own)
    if choice.mode == "batch":
        money += store_bill(NUMBER_BYTES * predictions_of(ways, task), traffic).money
    return money


def front(
    ways: Sequence[WayCost], base: BaseCost, tasks: Sequence[str], traffic: Traffic, most: int = 8
) -> list[tuple[float, Choices]]:
    """The cheapest choices for limits from strict to loose, each with its price; those that are no cheaper than a
    stricter one are left out.

    Args:
        ways: that are chosen from.
        base: what every plan needs.
        tasks: all of them.
        traffic: how much is asked for, and the prices.
        most: limits that are tried.
    """
    known = {over for way in ways for task in tasks if (over := loss_percent(ways, way, task)) is not None}
    steps = sorted(over for over in {0.0, *known} if math.isfinite(over))
    tried = steps if len(steps) <= most else [steps[round(i * (len(steps) - 1) / (most - 1))] for i in range(most)]
    found: list[tuple[float, Choices]] = []
    for percent in tried:
        choices = cheapest(ways, base, tasks, Limits(percent, {}), traffic)
        if choices is not None:
            money = plan_bill(ways, base, choices, traffic).money
            if not found or money < found[-1][0] - 1e-12:
                found.append((money, choices))
    return found
