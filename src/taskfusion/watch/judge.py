"""What lies behind what is out of bounds: who is guilty, who moved with it, and what to do.

A feature that is broken stands for all tasks. Predictions of most tasks of one model that move together are that
model's, and those of all models are the traffic's. Else each task answers for itself, by the side that moved: its
predictions, or its labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import expm1
from typing import Final

from taskfusion.run.record.alarms import Alarm, AlarmAction, AlarmSeverity
from taskfusion.run.record.watch import HarmReading
from taskfusion.watch.moments import moment
from taskfusion.watch.remedy import remedy_of
from taskfusion.watch.signals import Signal

_MOST: Final = 0.65
"""Share of the change of calibration that a side has where it alone moved."""

_LEAST_TASKS: Final = 2
_BROKEN: Final = ("feature_null", "unseen")
"""What is wrong with a feature so that it stands for the tasks that read it."""

_NETWORK: Final = ("gate_drift", "dead_expert")
"""What is wrong inside a model; by itself it harms nobody."""


@dataclass(frozen=True)
class Group:
    """Signals with one thing behind them.

    Attributes:
        cause: of HarmReading.
        signals: first the one that stands for all.
        is_everywhere: whether all models have it.
    """

    cause: str
    signals: tuple[Signal, ...]
    is_everywhere: bool = False


def judge(found: Sequence[Signal], models: int = 1, tasks: int = 1) -> tuple[list[Alarm], list[HarmReading]]:
    """Alarms, and what lies behind those of tasks.

    Args:
        found: all that is out of bounds.
        models: whose traffic is read.
        tasks: that are read.
    """
    broken = _features([one for one in found if one.name in _BROKEN])
    network = [one for one in found if one.name in _NETWORK]
    tasks_found = [one for one in found if one.task is not None and one not in network]
    follows = [one for one in tasks_found if broken and side(one) != "labels"] + (network if broken else [])
    if follows:
        broken[0] = Group(broken[0].cause, (*broken[0].signals, *follows))
    drifted = _features([one for one in found if one.feature is not None and one.name not in _BROKEN])
    groups = [*broken, *_of_tasks([one for one in tasks_found if one not in follows], models, tasks), *drifted]
    others = [Group(one.name, (one,)) for one in found if one.task is None and one.feature is None]
    others += [Group(one.name, (one,)) for one in network if one not in follows]
    return [_alarm(group) for group in (*groups, *others)], [_harm(group) for group in groups]


def lasting(alarms: Sequence[Alarm], before: Sequence[Alarm]) -> list[Alarm]:
    """Alarms with the moments at which they were first found.

    Args:
        alarms: that hold now.
        before: that held at the last look.
    """
    begun = {identity(one): one.since for one in before}
    return [
        Alarm.model_validate(one.model_dump() | {"since": min(one.since, begun.get(identity(one), one.since))})
        for one in alarms
    ]


def lasting_harm(harm: Sequence[HarmReading], alarms: Sequence[Alarm]) -> list[HarmReading]:
    """Harm since the moment at which its alarm was first found.

    Args:
        harm: that holds now.
        alarms: as of lasting.
    """
    begun = {(one.name, one.task, one.feature, one.bundle): one.since for one in alarms}
    found = []
    for one in harm:
        first = begun.get((one.alarm, one.task, one.feature, one.bundle), one.since)
        found.append(HarmReading.model_validate(one.model_dump() | {"since": min(one.since, first)}))
    return found


def identity(alarm: Alarm) -> tuple[str | None, ...]:
    """What makes an alarm the same at two looks."""
    return alarm.name, alarm.task, alarm.kpi, alarm.feature, alarm.bundle


def _features(found: Sequence[Signal]) -> list[Group]:
    by_feature: dict[str, list[Signal]] = {}
    for one in found:
        if one.feature is not None:
            by_feature.setdefault(one.feature, []).append(one)
    return [Group("feature", tuple(sorted(some, key=_strength, reverse=True))) for some in by_feature.values()]


def _of_tasks(found: Sequence[Signal], models: int, tasks: int) -> list[Group]:
    """Groups by model where most tasks' predictions moved, and else by task."""
    moved: dict[str | None, list[Signal]] = {}
    for one in found:
        if side(one) == "predictions":
            moved.setdefault(one.bundle, []).append(one)
    broad = {bundle for bundle, some in moved.items() if _is_most({one.task for one in some}, tasks)}
    groups: list[Group] = []
    if broad and len(broad) >= models > 1:
        everyone = [one for bundle in broad for one in moved[bundle]]
        groups.append(Group("traffic", _ordered([one for one in found if one in everyone]), is_everywhere=True))
    else:
        groups += [
            Group("model", _ordered([one for one in found if one.bundle == bundle]))
            for bundle in sorted(broad, key=str)
        ]
    rest = [one for one in found if one.bundle not in broad]
    by_task: dict[str | None, list[Signal]] = {}
    for one in rest:
        by_task.setdefault(one.task, []).append(one)
    for some in by_task.values():
        ordered = _ordered(some)
        is_everywhere = models > 1 and len({one.bundle for one in some}) >= models
        groups.append(Group(side(ordered[0]), ordered, is_everywhere))
    return groups


def _is_most(some: set[str | None], tasks: int) -> bool:
    return len(some) >= _LEAST_TASKS and 2 * len(some) > tasks


def side(signal: Signal) -> str:
    """Which side moved: labels, predictions or both."""
    if signal.name == "label_missing":
        return "labels"
    if signal.name == "score_drift":
        return "predictions"
    total = abs(signal.labels) + abs(signal.predictions)
    share = abs(signal.labels) / total if total else 0.5
    return "labels" if share >= _MOST else "predictions" if share <= 1 - _MOST else "both"


def _strength(signal: Signal) -> float:
    return signal.value / signal.limit if signal.limit > 0 else signal.value


def _ordered(some: Sequence[Signal]) -> tuple[Signal, ...]:
    """All rows before segments, calibration before drift, the strongest first."""
    return tuple(sorted(some, key=lambda one: (one.segment is not None, one.name != "calibration", -_strength(one))))


def _remedy(group: Group) -> str:
    return remedy_of(group.signals[0].name, group.cause)


def _alarm(group: Group) -> Alarm:
    lead = group.signals[0]
    severity, action = _urgency(group)
    is_task = group.cause in ("labels", "predictions", "both", *_NETWORK)
    return Alarm(
        name=lead.name,
        task=lead.task if is_task else None,
        kpi=lead.kpi if lead.task is None or is_task else None,
        feature=lead.feature,
        segment=lead.segment,
        bundle=None if group.is_everywhere else lead.bundle,
        since=moment(min(one.since for one in group.signals)),
        severity=severity,
        action=action,
        value=lead.value,
        limit=lead.limit,
        remedy=_remedy(group),
    )


MODERATE_PSI: Final = 0.1
LARGE_PSI: Final = 0.25
"""From which shifts of predictions are moderate and large (Siddiqi, 2006); small ones may come of a better order."""

_URGENCIES: Final[Mapping[str, tuple[AlarmSeverity, AlarmAction]]] = {
    "feature_null": ("page", "hold"),
    "fallback": ("page", "hold"),
    "kpi_holdback": ("page", "roll back"),
    "feature_drift": ("ticket", "look"),
    "unseen": ("ticket", "look"),
    "gate_drift": ("ticket", "look"),
    "dead_expert": ("ticket", "look"),
}


def _urgency(group: Group) -> tuple[AlarmSeverity, AlarmAction]:
    """Whether somebody acts now, and what a ramp does: a model goes back for what may be its own fault."""
    name = group.signals[0].name
    if group.is_everywhere:
        return "ticket", "hold"
    if group.cause == "labels":
        return "ticket", "hold"
    if name == "score_drift" and group.signals[0].value < LARGE_PSI:
        return "ticket", "look" if group.signals[0].value < MODERATE_PSI else "hold"
    if group.cause == "model" or (group.cause in ("predictions", "both") and name == "calibration"):
        return "page", "roll back"
    return _URGENCIES.get(name, ("ticket", "hold"))


def _harm(group: Group) -> HarmReading:
    lead = group.signals[0]
    is_task = group.cause in ("labels", "predictions", "both")
    guilty = lead.task if is_task else None
    return HarmReading(
        task=guilty,
        alarm=lead.name,
        cause=group.cause,
        feature=lead.feature,
        bundle=None if group.is_everywhere else lead.bundle,
        since=moment(min(one.since for one in group.signals)),
        observed=expm1(lead.labels) if is_task else None,
        predicted=expm1(lead.predictions) if is_task else None,
        others=sorted({one.task for one in group.signals if one.task is not None} - {guilty}),
        remedy=_remedy(group),
    )
