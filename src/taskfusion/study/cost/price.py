"""From CPU seconds and memory to cores and money, per million requests.

Online, cores are kept for the peak with headroom, whatever the hour, and each model has a process for each core that
it keeps busy, one at the least. A batch takes its CPU seconds at each pass and nothing between, and its predictions are
held in memory: a key of 8 bytes per pair, and 4 bytes per prediction.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.config.traffic import A_MILLION, Traffic
from taskfusion.run.record.cost import BaseCost, Bill, Mode, ModelCost, WayCost, WayName

KEY_BYTES: Final = 8
NUMBER_BYTES: Final = 4
NOTHING: Final = Bill(cpu_seconds=0, cores=0, gb=0, money=0)


@dataclass(frozen=True)
class Choice:
    """How a task is predicted."""

    way: WayName
    mode: Mode


def total(bills: Iterable[Bill]) -> Bill:
    """All of them together."""
    found = list(bills)
    cpu, cores, gb, money = (math.fsum(getattr(one, name) for one in found) for name in Bill.model_fields)
    return Bill(cpu_seconds=cpu, cores=cores, gb=gb, money=money)


def online_bill(request_seconds: float, process_mb: float, traffic: Traffic) -> Bill:
    """What answering every request takes.

    Args:
        request_seconds: CPU seconds of one.
        process_mb: memory of one process.
        traffic: how many there are, and the prices.
    """
    cores = traffic.peak * request_seconds / (1 - traffic.headroom)
    gb = max(1, math.ceil(cores - 1e-9)) * process_mb / 1e3
    return _held(A_MILLION * request_seconds, cores, gb, traffic)


def batch_bill(row_seconds: float, hours: float, traffic: Traffic) -> Bill:
    """What passes over all pairs take.

    Args:
        row_seconds: CPU seconds of one pair.
        hours: between two passes.
        traffic: how many pairs there are, and the prices.
    """
    seconds = traffic.hours_per_million / hours * traffic.pairs * row_seconds
    return Bill(cpu_seconds=seconds, cores=0, gb=0, money=seconds / 3600 * traffic.price_per_core_hour)


def store_bill(num_bytes: int, traffic: Traffic) -> Bill:
    """What it takes to hold so many bytes for every pair."""
    return _held(0.0, 0.0, num_bytes * traffic.pairs / 1e9, traffic)


def base_bill(base: BaseCost, traffic: Traffic) -> Bill:
    """What every plan needs: the HTTP server."""
    return online_bill(base.request_seconds.value, base.mb.value, traffic)


def lookup_bill(base: BaseCost, traffic: Traffic) -> Bill:
    """What a plan needs that looks predictions up, whichever: the search, and the keys."""
    return total([online_bill(base.lookup_seconds.value, 0.0, traffic), store_bill(KEY_BYTES, traffic)])


def model_bill(model: ModelCost, mode: Mode, hours: float, traffic: Traffic) -> Bill:
    """What one model takes.

    Args:
        model: the model.
        mode: how it predicts.
        hours: between two passes of a batch.
        traffic: how much is asked for, and the prices.
    """
    if mode == "online":
        return online_bill(model.request_seconds.value, model.process_mb.value, traffic)
    return batch_bill(model.row_seconds.value, hours, traffic)


def plan_bill(ways: Sequence[WayCost], base: BaseCost, choices: dict[str, Choice], traffic: Traffic) -> Bill:
    """What a plan takes: each model once for each mode in which a task needs it; a batch as often as the task of it
    that has to be the freshest.

    Args:
        ways: that are chosen from.
        base: what every plan needs.
        choices: by task.
        traffic: how much is asked for, and the prices.
    """
    bills = [base_bill(base, traffic)]
    in_batch = [task for task, choice in choices.items() if choice.mode == "batch"]
    if in_batch:
        bills.append(lookup_bill(base, traffic))
        bills += [store_bill(NUMBER_BYTES * predictions_of(ways, task), traffic) for task in in_batch]
    for way in ways:
        for model in way.models:
            for mode in ("online", "batch"):
                needing = [
                    task
                    for task, choice in choices.items()
                    if choice == Choice(way.name, mode) and (task in model.tasks or not model.tasks)
                ]
                if needing:
                    hours = min((traffic.freshness_hours.get(task, math.inf) for task in needing), default=math.inf)
                    bills.append(model_bill(model, mode, hours, traffic))
    return total(bills)


def predictions_of(ways: Sequence[WayCost], task: str) -> int:
    """Numbers that are predicted for a task per pair: those of a model of it alone, else its share of all."""
    models = [model for way in ways for model in way.models if task in model.tasks]
    alone = [model.predictions for model in models if len(model.tasks) == 1]
    return alone[0] if alone else math.ceil(models[0].predictions / len(models[0].tasks))


def training_money(ways: Sequence[WayCost], choices: dict[str, Choice], traffic: Traffic) -> float | None:
    """Price of training the models of a plan, per million requests; None: the time of one is not known."""
    seconds = 0.0
    for way in ways:
        used = {task for task, choice in choices.items() if choice.way == way.name}
        for model in way.models:
            if used & set(model.tasks):
                if model.training_seconds is None:
                    return None
                seconds += model.training_seconds.value
    trainings = traffic.hours_per_million / 24 / traffic.days_between_trainings
    return trainings * seconds / 3600 * traffic.training_cores * traffic.price_per_core_hour


def _held(cpu_seconds: float, cores: float, gb: float, traffic: Traffic) -> Bill:
    """Cores and memory that are kept all the time."""
    hourly = cores * traffic.price_per_core_hour + gb * traffic.price_per_gb_hour
    return Bill(cpu_seconds=cpu_seconds, cores=cores, gb=gb, money=hourly * traffic.hours_per_million)
