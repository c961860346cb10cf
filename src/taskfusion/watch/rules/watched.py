"""Rules over what a watch finds: its alarms per KPI, and whether it sees anything.

What is an alarm is decided once, by the watch, with its designed rate of false alarms; a rule adds who answers for the
KPI, what its unit is, and what to do. No rule has a second limit that could say otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from taskfusion.config.kpi import Kpi
from taskfusion.report.watch_words import ADVICE
from taskfusion.watch.registry import gauge
from taskfusion.watch.rules.case import selector
from taskfusion.watch.rules.rule import DAY, HOUR, MINUTE, Alert, Group, literal

OF_TASKS: Final = ("calibration", "score-drift", "labels-late")
"""Keys with one rule per task."""

OF_ALL: Final = (
    "calibration-all",
    "score-drift",
    "feature-null",
    "feature-drift",
    "unseen",
    "fallback",
    "sample-ratio",
    "gate-drift",
    "dead-expert",
)
"""Keys with one rule; where there are rules per task as well, it is of what is of no task alone."""

SUMMARIES: Final = {
    "calibration": "{{ $labels.task }} is off: the evidence is {{ $value | humanize }}.",
    "calibration-all": "Most tasks are off at once: the evidence is {{ $value | humanize }}.",
    "score-drift": "Predictions of {{ $labels.task }} drift: the index is {{ $value | humanize }}.",
    "labels-late": "{{ $value | humanizePercentage }} of the impressions of {{ $labels.task }} have no label.",
    "feature-null": "{{ $labels.feature }} has no value in {{ $value | humanizePercentage }} of the rows.",
    "feature-drift": "{{ $labels.feature }} drifts: the index is {{ $value | humanize }}.",
    "unseen": "{{ $value | humanizePercentage }} of the values of {{ $labels.feature }} were never seen in training.",
    "fallback": "{{ $value | humanizePercentage }} of the requests in the log were left by the model asked first.",
    "sample-ratio": "The arms do not have their ratio: p = {{ $value | humanize }}.",
    "kpi-holdback": "{{ $labels.kpi }} is worse than in the holdback, by {{ $value | humanizePercentage }}.",
    "gate-drift": "A share of the gate of {{ $labels.task }} has moved by {{ $value | humanizePercentage }}.",
    "dead-expert": "An expert of {{ $labels.task }} does {{ $value | humanizePercentage }} of what it did.",
}
"""By key, the sentence of an alarm whose value a watch read."""

DRIFT_OF_ALL: Final = "Predictions of most tasks drift at once: the index is {{ $value | humanize }}."

DEAD: Final = "TaskfusionWatchAbsent"
STUCK: Final = "TaskfusionWatchStuck"
BLIND: Final = "TaskfusionDecisionsStale"
LATE: Final = "TaskfusionLabelsLate"
MISSING: Final = "TaskfusionLabelsMissing"
STUCK_SECONDS: Final = 60
BLIND_SECONDS: Final = HOUR


def watched_groups(kpis: Sequence[Kpi], tasks: Sequence[str]) -> list[Group]:
    """All rules over a watch.

    Args:
        kpis: of the registry.
        tasks: of the reference.
    """
    by_task = {kpi.task: kpi for kpi in kpis if kpi.task is not None}
    alarms = [
        *(task_alert(key, task, by_task.get(task)) for key in OF_TASKS for task in tasks),
        *(found_alert(key) for key in OF_ALL),
        *(kpi_alert(kpi) for kpi in kpis),
    ]
    late = [late_alert(kpi) for kpi in kpis if kpi.task in tasks]
    return [Group("taskfusion-watch", alarms), Group("taskfusion-watch-itself", [*itself(), *late])]


def task_alert(key: str, task: str, kpi: Kpi | None) -> Alert:
    """The rule of a task; kpi is what its label is, None where the registry does not name it."""
    asked = selector(gauge("alarm_value"), {"remedy": key, "task": task})
    return _found(key, asked, kpi)


def found_alert(key: str) -> Alert:
    """The rule of what is of no task alone."""
    if key not in OF_TASKS:
        return _found(key, selector(gauge("alarm_value"), {"remedy": key}), None)
    found = _found(key, f'{gauge("alarm_value")}{{remedy="{key}",task=""}}', None)
    return replace(found, name=f"{found.name}All", summary=DRIFT_OF_ALL)


def kpi_alert(kpi: Kpi) -> Alert:
    """The rule of a KPI that is held against the holdback."""
    return _found("kpi-holdback", selector(gauge("alarm_value"), {"remedy": "kpi-holdback", "kpi": kpi.name}), kpi)


def late_alert(kpi: Kpi) -> Alert:
    """The rule of labels that do not come: a day after the delay of the KPI they are still not joined."""
    until = selector(gauge("labels_until_timestamp_seconds"), {"task": kpi.task or ""})
    return Alert(
        name=LATE,
        expression=f"time() - max by (task) ({until}) > {round(kpi.delay_days * DAY) + DAY}",
        wait=HOUR,
        labels=_owner(kpi, "ticket"),
        summary="The newest known labels of {{ $labels.task }} are of {{ $value | humanizeDuration }} ago.",
        advice=ADVICE["labels-late"],
        key="labels-late",
        about=f"{_about(kpi)} Nearly all its outcomes should be known after {kpi.delay_days:g} days.",
    )


def itself() -> Iterator[Alert]:
    """Rules of a watch that is gone, stuck, or sees nothing new."""
    written, until = (gauge(f"{name}_timestamp_seconds") for name in ("written", "data_until"))
    yield _stale(DEAD, f"absent({written})", 5 * MINUTE, "page", "No watch is running.")
    old = "The watch judged last {{ $value | humanizeDuration }} ago."
    yield _stale(STUCK, f"time() - {written} > {STUCK_SECONDS}", MINUTE, "page", old)
    blind = "The newest decision that the watch read is {{ $value | humanizeDuration }} old."
    yield _stale(BLIND, f"time() - {until} > {BLIND_SECONDS}", 5 * MINUTE, "ticket", blind)


def alarm_name(key: str) -> str:
    """Name of the alarms of a key of the runbook: TaskfusionFeatureNull."""
    if key == "labels-late":
        return MISSING
    return "Taskfusion" + "".join(part.capitalize() for part in key.split("-"))


def _found(key: str, asked: str, kpi: Kpi | None) -> Alert:
    return Alert(
        name=alarm_name(key),
        expression=asked,
        wait=0,
        labels={} if kpi is None else _owner(kpi, None),
        summary=SUMMARIES[key],
        advice=ADVICE[key],
        key=key,
        about="" if kpi is None else _about(kpi),
    )


def _stale(name: str, expression: str, wait: int, severity: str, summary: str) -> Alert:
    return Alert(name, expression, wait, {"severity": severity}, summary, ADVICE["stale"], "stale")


def _owner(kpi: Kpi, severity: str | None) -> dict[str, str]:
    labels = {"kpi": kpi.name, "owner": literal(kpi.owner)}
    return labels if severity is None else {"severity": severity, **labels}


def _about(kpi: Kpi) -> str:
    better = "more is better" if kpi.direction == "up" else "less is better"
    return literal(
        f"{kpi.name}: {kpi.meaning.rstrip('.')}. It is counted in {kpi.unit}, and {better} ({kpi.role} KPI)."
    )
