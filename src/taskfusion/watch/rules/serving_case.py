"""Tests of the rules over what a server counts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from taskfusion.watch.rules.case import Case, Fired, Moment, Series, Timing
from taskfusion.watch.rules.rule import DAY, HOUR, MINUTE
from taskfusion.watch.rules.serving import BURNS, FAULTS, Burn, Objective, burn_alert

JOB: Final = {"job": "taskfusion"}
_PER_MINUTE: Final = 6000
_STEADY: Final = 20 * MINUTE
_MULTIPLES: Final = (0.5, 1.5, 4.0, 9.0, 20.0)
"""Paces at which a budget is used up: below all rules, and between each and the next."""

_STEPS: Final = {HOUR: MINUTE, 6 * HOUR: 5 * MINUTE, DAY: 10 * MINUTE, 3 * DAY: 30 * MINUTE}
"""Seconds between values, by the longer window: so that days of a test are few values."""


def objective_cases(objective: Objective) -> list[Case]:
    """Tests of objective_group: at every pace the alarms that it should make, and each rule's time."""
    steady = [_steady(objective, multiple) for multiple in _MULTIPLES]
    return [*steady, *(_timing(objective, burn) for burn in BURNS)]


def fault_cases() -> list[Case]:
    """Tests of FAULTS."""
    return list(_fault_cases())


def _steady(objective: Objective, multiple: float) -> Case:
    share = multiple * (1 - objective.share)
    alerts = [burn_alert(objective, burn) for burn in BURNS if burn.rate < multiple]
    fired = [Fired(alert, JOB, f"{100 * share:.4g}%") for alert in alerts]
    series = _phases(objective, (share,), _STEADY // MINUTE, _PER_MINUTE)
    about = f"{objective.name}: {multiple:g} times the budget's pace"
    return Case(about, series, [Moment(_STEADY, objective.alarm, fired)])


def _timing(objective: Objective, burn: Burn) -> Case:
    """All is well for one long window; then answers are bad at twice the pace of the rule, so that half a window of it
    is what the rule waits for; then all is well again, which the short window sees."""
    step = _STEPS[burn.long]
    share = 2 * burn.rate * (1 - objective.share)
    labels = {**JOB, **burn_alert(objective, burn).labels}
    ends = 2 * burn.long
    # Windows hold whole steps, and the short one is over when its last bad value is.
    moments = (
        (burn.long, False),
        (round(burn.long * 1.5) - step, False),
        (round(burn.long * 1.5) + 2 * step, True),
        (ends, True),
        (ends + burn.short + step, False),
    )
    return Case(
        f"{objective.name}: when the rule of {burn.long // HOUR} h speaks",
        _phases(objective, (0.0, share, 0.0), burn.long // step, _PER_MINUTE * step // MINUTE),
        timings=[Timing(at, objective.alarm, labels, speaks) for at, speaks in moments],
        step=step,
    )


def _phases(objective: Objective, shares: Sequence[float], length: int, per_step: float) -> list[Series]:
    """Counters over phases, each of so many steps and with its share of bad answers."""
    found = []
    for role, name, labels in objective.series:
        rates = [per_step * {"all": 1.0, "good": 1 - share, "bad": share}[role] for share in shares]
        total, parts = 0.0, []
        for index, rate in enumerate(rates):
            first = total + (rate if index else 0.0)
            parts.append(f"{first:.10g}+{rate:.10g}x{length - (1 if index else 0)}")
            total += rate * length
        found.append(Series(name, {**JOB, **labels}, " ".join(parts)))
    return found


def _fault_cases() -> Iterator[Case]:
    breaker, restarts, lost = FAULTS
    state = {**JOB, "tier": "primary", "state": "open"}
    yield Case(
        "the breaker is open",
        [Series("taskfusion_breaker", state, "0x10 1x30")],
        [Moment(15 * MINUTE, breaker.name), Moment(17 * MINUTE, breaker.name, [Fired(breaker, state)])],
    )
    yield _counted("processes end", restarts.name, "taskfusion_worker_restarts_total", {}, [Fired(restarts, JOB, "15")])
    outcome = {"outcome": "dropped"}
    yield _counted("decisions are lost", lost.name, "taskfusion_decisions_total", outcome, [Fired(lost, JOB, "15")])


def _counted(about: str, name: str, metric: str, labels: Mapping[str, str], fired: Sequence[Fired]) -> Case:
    """A counter that stands still for an hour, and then grows by 1 per minute."""
    series = Series(metric, {**JOB, **labels}, "5x60 6+1x60")
    return Case(about, [series], [Moment(HOUR, name), Moment(HOUR + 30 * MINUTE, name, fired)])
