"""What the page of costs says in sentences, and its words."""

from collections.abc import Mapping
from typing import Final

from taskfusion.config.traffic import Traffic
from taskfusion.report import number
from taskfusion.report.box import KeyFigure
from taskfusion.report.glossary import Term
from taskfusion.report.language import N_, _
from taskfusion.report.retold import retold
from taskfusion.report.words import listed
from taskfusion.run.record.cost import Amount, CostRecord, ModelCost, Plan, WayCost, WayName

WORDS: Final = (
    Term(N_("online"), N_("Predictions are made while a request waits for them.")),
    Term(N_("batch"), N_("Predictions are made beforehand for pairs of user and item, and looked up.")),
    Term(
        N_("CPU seconds"),
        N_("Time that processors worked; two cores that are busy for one second are two."),
    ),
    Term(
        N_("headroom"),
        N_("Share of the cores that is idle at the busiest time, so that requests hardly wait."),
    ),
    Term(
        N_("loss"),
        N_(
            "The loss of a model over that of always predicting the mean label: of a yes or no the normalised entropy "
            "(NE). 1 learned nothing, lower is better."
        ),
    ),
    Term(
        N_("loss above the best"),
        N_("By how many percent a task's loss is above that of the way that does best on it."),
    ),
    Term(
        N_("measured here"),
        N_("Measured on this machine while this page was made, five times: the median, and the range."),
    ),
    Term(N_("estimated"), N_("Not measured; it says from what it was computed.")),
)

_PLANS: Final = (
    N_("one model, online"),
    N_("one model, in batch"),
    N_("one model, {old} of {count} tasks in batch"),
    N_("separate models, online"),
    N_("separate models, in batch"),
    N_("separate models, {old} of {count} tasks in batch"),
    N_("trees, online"),
    N_("trees, in batch"),
    N_("trees, {old} of {count} tasks in batch"),
    N_("cheapest mix"),
    N_("mix of the lowest losses"),
    N_("mix, losses up to {worst} % higher"),
)
"""Names of plans, as records have them."""

_LIMITS: Final = (
    N_("users and items_per_user, which a batch needs, are not given"),
    N_("{task} is to be answered online: freshness_hours does not name it"),
    N_("the loss of {task} by one model is not known"),
    N_("the loss of {task} by separate models is not known"),
    N_("the loss of {task} by trees is not known"),
    N_("the loss of {task} is {over} % above its best model's, at most {most} % are allowed"),
    N_("the loss of {task} is {loss}, at most {most} is allowed"),
    N_("most_loss of {task} is {most}, but its best model reaches {loss}"),
)
"""Limits that plans break, as records have them."""

_MISSING: Final = (
    N_(
        "There are no separate models and no trees to measure: {compare} trains them, and taskfusion cost compared "
        "measures them."
    ),
    N_("There are no separate models to measure: {compare} trains them, and taskfusion cost compared measures them."),
    N_("There are no trees to measure: {compare} trains them, and taskfusion cost compared measures them."),
    N_("Separate models are estimated by the model of all tasks, once per task; their losses are not."),
    N_("The export says nothing of its losses; name the run in its place to have them."),
    N_(
        "Nothing is made in batch: a file of traffic (--traffic) names users, items_per_user and freshness_hours, how "
        "old the predictions of a task may be."
    ),
)
"""What is not known, as records have it."""

_SOURCES: Final = (
    N_("measured here"),
    N_("from the run"),
    N_("from the comparison"),
    N_("estimated: as much as the model of all tasks; one of a single task may be smaller"),
)
"""Where numbers come from, as records have it."""

_ABOUT: Final = (
    N_("{variant}, losses of seed {seed}"),
    N_("{variant}, losses of {count} seeds"),
    N_("none was trained"),
)
"""Which models a way has, as records have it."""

_MACHINE: Final = N_("{system}, {count} cores")

_WAYS: Final[Mapping[WayName, str]] = {
    "one model": N_("one model"),
    "separate models": N_("separate models"),
    "trees": N_("trees"),
}
_SERVED: Final[Mapping[WayName, str]] = {
    "one model": N_("one model for all tasks"),
    "separate models": N_("one model per task"),
    "trees": N_("trees per task"),
}


_LEAST_MONEY: Final = 0.0001


def money(value: float) -> str:
    """An amount in whatever currency the prices are in."""
    if 0 < value < _LEAST_MONEY:
        return _("under {share}", share=format(_LEAST_MONEY, "g"))
    return number.significant(value, 3)


def plan_name(name: str) -> str:
    """What a plan is called, by its name in records."""
    return retold(name, _PLANS)


def limit_sentence(reason: str) -> str:
    """Which limit is broken."""
    return retold(reason, _LIMITS)


def missing_sentences(record: CostRecord) -> list[str]:
    """What is not known, and how to get it."""
    return [retold(sentence, _MISSING) for sentence in record.missing]


def machine_name(record: CostRecord) -> str:
    """Where it was measured."""
    return retold(record.machine, (_MACHINE,))


def source_name(amount: Amount) -> str:
    """Where a number comes from."""
    return retold(amount.source, _SOURCES)


def way_name(way: WayName) -> str:
    """What a way to have predictions is called."""
    return _(_WAYS[way])


def about_way(way: WayCost) -> str:
    """Which models a way has."""
    return retold(way.about, _ABOUT)


def range_of(amount: Amount, scale: float, digits: int) -> tuple[str, str]:
    """A number, and its range where there is one."""
    text = number.significant(scale * amount.value, digits)
    if amount.low is None or amount.high is None:
        return text, ""
    low, high = (number.significant(scale * end, digits) for end in (amount.low, amount.high))
    return text, "" if low == high else _("{low} to {high}", low=low, high=high)


def source_of(model: ModelCost) -> str:
    """Where the numbers of a model come from."""
    return source_name(model.request_seconds)


def plan_title(plan: Plan, num_tasks: int) -> str:
    """What to do, in a few words."""
    ways = {one.way for one in plan.tasks}
    old = [one.task for one in plan.tasks if one.mode == "batch"]
    named = {"tasks": listed(old)} if old else {}
    if len(ways) > 1:
        text = _TOGETHER if not old else _TOGETHER_BATCH if len(old) == num_tasks else _TOGETHER_SOME
        return _(text, ways=listed([way_name(way) for way in sorted(ways)]), **named)
    (way,) = ways
    text = _ALONE if not old else _ALONE_BATCH if len(old) == num_tasks else _ALONE_SOME
    return _(text, models=_(_SERVED[way]), **named)


_TOGETHER: Final = N_("Serve {ways} together")
_TOGETHER_BATCH: Final = N_("Serve {ways} together in batch")
_TOGETHER_SOME: Final = N_("Serve {ways} together, {tasks} in batch")
_ALONE: Final = N_("Serve {models}, online")
_ALONE_BATCH: Final = N_("Serve {models} in batch")
_ALONE_SOME: Final = N_("Serve {models}, {tasks} in batch")


def bill_sentence(plan: Plan, record: CostRecord) -> str:
    """What a plan takes."""
    bill, traffic = plan.bill, record.traffic
    return _(
        "A million requests of {candidates} candidates take {seconds} CPU seconds and cost {money}, at a peak of "
        "{peak} requests per second. It keeps all limits and is the cheapest that does.",
        candidates=number.count(traffic.candidates),
        seconds=number.count(bill.cpu_seconds),
        money=money(bill.money),
        peak=number.significant(traffic.peak, 3),
    )


def against_sentence(best: Plan, record: CostRecord) -> list[str]:
    """The same by one model per task."""
    other = next((one for one in record.plans if one.name == "separate models, online"), None)
    if other is None or other.name == best.name or not other.bill.cpu_seconds or not other.bill.money:
        return []
    cpu, share, gb = (
        number.percent(getattr(best.bill, part) / getattr(other.bill, part)) for part in ("cpu_seconds", "money", "gb")
    )
    text = _BESIDE_MEASURED if other.is_measured else _BESIDE_ESTIMATED
    return [_(text, cpu=cpu, gb=gb, money=share)]


_BESIDE_MEASURED: Final = N_(
    "Beside one model per task, all online (measured here as well), that is {cpu} of the CPU seconds, {gb} of the "
    "memory and {money} of the money."
)
_BESIDE_ESTIMATED: Final = N_(
    "Beside one model per task, all online (estimated: each as expensive as the model of all tasks), that is {cpu} of "
    "the CPU seconds, {gb} of the memory and {money} of the money."
)


def loss_sentence(best: Plan, record: CostRecord) -> list[str]:
    """What it costs in quality."""
    known = {one.task: one.loss_percent for one in best.tasks if one.loss_percent is not None}
    if not known or sum(1 for way in record.ways if way.losses) < 2:
        return []
    worst = max(known, key=lambda task: known[task])
    if known[worst] <= 0:
        return [_("No task has a lower loss in another way.")]
    text = _(
        "The task that pays most is {task}: its loss is {over} % above that of its best model; {most} % are allowed.",
        task=worst,
        over=number.fixed(known[worst], 2),
        most=number.significant(record.traffic.most_loss_percent, 2),
    )
    return [text]


def assumptions(traffic: Traffic) -> list[KeyFigure]:
    """What the file of traffic says, or its defaults."""
    given = [
        KeyFigure(_("requests per second"), number.significant(traffic.requests_per_second, 3)),
        KeyFigure(_("at the peak"), number.significant(traffic.peak, 3)),
        KeyFigure(_("candidates"), number.count(traffic.candidates)),
        KeyFigure(_("headroom"), number.percent(traffic.headroom)),
        KeyFigure(_("price per core hour"), number.significant(traffic.price_per_core_hour, 3)),
        KeyFigure(_("price per GB hour"), number.significant(traffic.price_per_gb_hour, 3)),
        KeyFigure(_("trained every"), _("{days} days", days=number.plain(traffic.days_between_trainings))),
        KeyFigure(_("loss above the best, at most"), f"{number.plain(traffic.most_loss_percent)} %"),
    ]
    if traffic.pairs:
        given.append(KeyFigure(_("pairs in batch"), number.quantity(traffic.pairs)))
        old = [
            _("{task}: {hours} h", task=task, hours=number.plain(hours))
            for task, hours in traffic.freshness_hours.items()
        ]
        given.append(KeyFigure(_("may be old"), old[0] if old else _("nothing"), old[1:]))
    return given
