"""What the page of costs says in sentences, and its words."""

from typing import Final

from taskfusion.config.traffic import Traffic
from taskfusion.report import number
from taskfusion.report.box import KeyFigure
from taskfusion.report.glossary import Term
from taskfusion.report.words import listed
from taskfusion.run.record.cost import Amount, CostRecord, ModelCost, Plan

WORDS: Final = (
    Term("online", "Predictions are made while a request waits for them."),
    Term("batch", "Predictions are made beforehand for pairs of user and item, and looked up."),
    Term("CPU seconds", "Time that processors worked; two cores that are busy for one second are two."),
    Term("headroom", "Share of the cores that is idle at the busiest time, so that requests hardly wait."),
    Term(
        "loss",
        "The loss of a model over that of always predicting the mean label: of a yes or no the normalised entropy "
        "(NE). 1 learned nothing, lower is better.",
    ),
    Term("loss above the best", "By how many percent a task's loss is above that of the way that does best on it."),
    Term("measured here", "Measured on this machine while this page was made, five times: the median, and the range."),
    Term("estimated", "Not measured; it says from what it was computed."),
)


_LEAST_MONEY: Final = 0.0001


def money(value: float) -> str:
    """An amount in whatever currency the prices are in."""
    return f"under {_LEAST_MONEY:g}" if 0 < value < _LEAST_MONEY else number.significant(value, 3)


def range_of(amount: Amount, scale: float, digits: int) -> tuple[str, str]:
    """A number, and its range where there is one."""
    text = number.significant(scale * amount.value, digits)
    if amount.low is None or amount.high is None:
        return text, ""
    low, high = (number.significant(scale * end, digits) for end in (amount.low, amount.high))
    return text, "" if low == high else f"{low} to {high}"


def source_of(model: ModelCost) -> str:
    """Where the numbers of a model come from."""
    return model.request_seconds.source


def plan_title(plan: Plan, num_tasks: int) -> str:
    """What to do, in a few words."""
    ways = {one.way for one in plan.tasks}
    old = [one.task for one in plan.tasks if one.mode == "batch"]
    where = "" if not old else " in batch" if len(old) == num_tasks else f", {listed(old)} in batch"
    if len(ways) > 1:
        return f"Serve {listed(sorted(ways))} together{where}"
    (way,) = ways
    what = {"one model": "one model for all tasks", "separate models": "one model per task", "trees": "trees per task"}
    return f"Serve {what[way]}{where or ', online'}"


def bill_sentence(plan: Plan, record: CostRecord) -> str:
    """What a plan takes."""
    bill, traffic = plan.bill, record.traffic
    return (
        f"A million requests of {number.count(traffic.candidates)} candidates take "
        f"{number.count(bill.cpu_seconds)} CPU seconds and cost {money(bill.money)}, at a peak of "
        f"{number.significant(traffic.peak, 3)} requests per second. It keeps all limits and is the cheapest that does."
    )


def against_sentence(best: Plan, record: CostRecord) -> list[str]:
    """The same by one model per task."""
    other = next((one for one in record.plans if one.name == "separate models, online"), None)
    if other is None or other.name == best.name or not other.bill.cpu_seconds or not other.bill.money:
        return []
    cpu, share, gb = (
        number.percent(getattr(best.bill, part) / getattr(other.bill, part)) for part in ("cpu_seconds", "money", "gb")
    )
    how = "measured here as well" if other.is_measured else "estimated: each as expensive as the model of all tasks"
    return [
        f"Beside one model per task, all online ({how}), that is {cpu} of the CPU seconds, {gb} of the memory and "
        f"{share} of the money."
    ]


def loss_sentence(best: Plan, record: CostRecord) -> list[str]:
    """What it costs in quality."""
    known = {one.task: one.loss_percent for one in best.tasks if one.loss_percent is not None}
    if not known or sum(1 for way in record.ways if way.losses) < 2:
        return []
    worst = max(known, key=lambda task: known[task])
    if known[worst] <= 0:
        return ["No task has a lower loss in another way."]
    return [
        f"The task that pays most is {worst}: its loss is {number.fixed(known[worst], 2)} % above that of its best "
        f"model; {number.significant(record.traffic.most_loss_percent, 2)} % are allowed."
    ]


def assumptions(traffic: Traffic) -> list[KeyFigure]:
    """What the file of traffic says, or its defaults."""
    given = [
        KeyFigure("requests per second", number.significant(traffic.requests_per_second, 3)),
        KeyFigure("at the peak", number.significant(traffic.peak, 3)),
        KeyFigure("candidates", number.count(traffic.candidates)),
        KeyFigure("headroom", number.percent(traffic.headroom)),
        KeyFigure("price per core hour", number.significant(traffic.price_per_core_hour, 3)),
        KeyFigure("price per GB hour", number.significant(traffic.price_per_gb_hour, 3)),
        KeyFigure("trained every", f"{number.plain(traffic.days_between_trainings)} days"),
        KeyFigure("loss above the best, at most", f"{number.plain(traffic.most_loss_percent)} %"),
    ]
    if traffic.pairs:
        given.append(KeyFigure("pairs in batch", number.quantity(traffic.pairs)))
        old = [f"{task}: {number.plain(hours)} h" for task, hours in traffic.freshness_hours.items()]
        given.append(KeyFigure("may be old", old[0] if old else "nothing", old[1:]))
    return given
