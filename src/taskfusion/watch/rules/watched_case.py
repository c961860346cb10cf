"""Tests of the rules over what a watch finds."""

from collections.abc import Iterator, Sequence
from typing import Final

from taskfusion.config.kpi import Kpi
from taskfusion.watch.registry import ALARM, gauge
from taskfusion.watch.remedy import REMEDIES
from taskfusion.watch.rules.case import Case, Fired, Moment, Series
from taskfusion.watch.rules.rule import DAY, HOUR, MINUTE, Alert
from taskfusion.watch.rules.watched import OF_ALL, OF_TASKS, found_alert, itself, kpi_alert, late_alert, task_alert

_BUNDLE: Final = "0f3a"
_PERCENT: Final = ("feature-null", "unseen", "labels-late", "fallback", "kpi-holdback", "gate-drift", "dead-expert")
"""Keys whose sentence names a share."""


def watched_cases(kpis: Sequence[Kpi], tasks: Sequence[str]) -> list[Case]:
    """Tests of watched_groups.

    Args:
        kpis: as there.
        tasks: as there.
    """
    by_task = {kpi.task: kpi for kpi in kpis if kpi.task is not None}
    return [
        *(_found(task_alert(key, task, by_task.get(task)), task=task) for key in OF_TASKS for task in tasks),
        *(_found(found_alert(key), feature="age" if "feature" in key else "") for key in OF_ALL),
        *(_found(kpi_alert(kpi), kpi=kpi.name) for kpi in kpis),
        *(_late(kpi) for kpi in kpis if kpi.task in tasks),
        *_itself(),
    ]


def _found(alert: Alert, **about: str) -> Case:
    """Nothing for ten minutes, and then an alarm of the watch."""
    severity = "ticket" if "drift" in alert.key else "page"
    named = {"alarm": REMEDIES[alert.key], "bundle": _BUNDLE, "action": "hold", "severity": severity, **about}
    labels = {name: named.get(name, "") for name in ALARM} | {"remedy": alert.key}
    value, text = ("0.25", "25%") if alert.key in _PERCENT else ("8.5", "8.5")
    return Case(
        " ".join((alert.name, *about.values())).strip(),
        [Series(gauge("alarm_value"), labels, f"_x10 {value}x20")],
        [Moment(9 * MINUTE, alert.name), Moment(11 * MINUTE, alert.name, [Fired(alert, labels, text)])],
    )


def _late(kpi: Kpi) -> Case:
    """Labels of two days come as the delay says; then none comes any more."""
    alert, steps = late_alert(kpi), 48
    labels = {"task": kpi.task or ""}
    delay = round(kpi.delay_days * DAY)
    last = steps * HOUR - delay
    values = f"{-delay}+{HOUR}x{steps} {last}x{delay // HOUR + 60}"
    crossed = last + delay + DAY
    at = crossed + 3 * HOUR
    fired = Fired(alert, labels, duration(at - last))
    quiet = [Moment(moment, alert.name) for moment in (steps * HOUR, crossed)]
    series = [Series(gauge("labels_until_timestamp_seconds"), labels, values)]
    return Case(f"{alert.name} {kpi.name}", series, [*quiet, Moment(at, alert.name, [fired])], step=HOUR)


def _itself() -> Iterator[Case]:
    dead, stuck, blind = itself()
    written, until = (gauge(f"{name}_timestamp_seconds") for name in ("written", "data_until"))
    yield Case(
        "the watch ends",
        [Series(written, {}, "0+60x60")],
        # A series is there for five minutes after its last value.
        [
            Moment(HOUR, dead.name),
            Moment(HOUR + 9 * MINUTE, dead.name),
            Moment(80 * MINUTE, dead.name, [Fired(dead, {})]),
        ],
    )
    yield Case(
        "the watch judges no more",
        [Series(written, {}, "0+60x60 3600x60")],
        [Moment(HOUR, stuck.name), Moment(HOUR + 5 * MINUTE, stuck.name, [Fired(stuck, {}, "5m 0s")])],
    )
    yield Case(
        "no decisions come",
        [Series(until, {}, "0+60x60 3600x180")],
        [Moment(2 * HOUR, blind.name), Moment(2 * HOUR + 10 * MINUTE, blind.name, [Fired(blind, {}, "1h 10m 0s")])],
    )


def duration(seconds: int) -> str:
    """A time span as Prometheus' humanizeDuration writes it, from a minute on."""
    days, rest = divmod(seconds, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    if days:
        return f"{days}d {hours}h {minutes}m {rest}s"
    return f"{hours}h {minutes}m {rest}s" if hours else f"{minutes}m {rest}s"
