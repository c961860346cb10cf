"""Rules over what a server counts: how fast it uses up what its objectives allow, and what is broken in it.

An objective is kept by burn rates over two windows each: the longer so that it matters, the shorter so that the alarm
ends soon after its cause does. Windows and rates are those of the Site Reliability Workbook (Beyer et al., 2018,
chapter 5): 1 h and 5 min at 14.4 times, 6 h and 30 min at 6 times, 1 d and 2 h at 3 times, 3 d and 6 h at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from taskfusion.report.watch_words import ADVICE
from taskfusion.serve.http.metrics import SECONDS
from taskfusion.watch.rules.rule import DAY, HOUR, MINUTE, Alert, Group, Recording, Severity, seconds

LEAST: Final = 10
"""Bad answers in the longer window below which nothing is said: of few requests, one is already a large share."""

BUDGET_DAYS: Final = 30
"""Days that an objective is kept over."""

Role = Literal["all", "good", "bad"]
"""What a series counts: every answer, the good ones alone, the bad ones alone."""


@dataclass(frozen=True)
class Burn:
    """How fast an error budget may be used up.

    Attributes:
        long: seconds of the longer window.
        short: seconds of the shorter one.
        rate: times the rate that uses it up exactly.
        severity: of the alarm.
    """

    long: int
    short: int
    rate: float
    severity: Severity


BURNS: Final = (
    Burn(HOUR, 5 * MINUTE, 14.4, "page"),
    Burn(6 * HOUR, 30 * MINUTE, 6, "page"),
    Burn(DAY, 2 * HOUR, 3, "ticket"),
    Burn(3 * DAY, 6 * HOUR, 1, "ticket"),
)
_WINDOWS: Final = tuple(sorted({window for burn in BURNS for window in (burn.long, burn.short)}))


@dataclass(frozen=True)
class Objective:
    """What a server should keep.

    Attributes:
        name: in names of rules.
        key: of the runbook.
        share: of the answers that should be good, such as 0.999.
        bad: rate of bad answers by job, in PromQL, with %s for the window.
        all: rate of all answers, likewise.
        words: what the bad answers are.
        series: that the rates are of, by what they count: name, labels.
    """

    name: str
    key: str
    share: float
    bad: str
    all: str
    words: str
    series: tuple[tuple[Role, str, dict[str, str]], ...]

    def record(self, window: int) -> str:
        """Name of the share of bad answers in a window of so many seconds."""
        return f"job:taskfusion_{self.name}:ratio_rate{seconds(window)}"

    @property
    def alarm(self) -> str:
        """Name of its alarms."""
        return f"Taskfusion{self.name.capitalize()}Burn"


def bucket(deadline_seconds: float) -> float:
    """Upper edge of the server's histogram that a deadline is judged by: the next one."""
    return next((edge for edge in SECONDS if edge >= deadline_seconds), SECONDS[-1])


def objectives(deadline_seconds: float) -> tuple[Objective, ...]:
    """What every server should keep.

    Args:
        deadline_seconds: that a request should be answered in; the next bucket of the server's histogram counts.
    """
    edge = bucket(deadline_seconds)
    answers, requests, times = "taskfusion_answers_total", "taskfusion_requests_total", "taskfusion_request_seconds"
    rank = {"route": "rank"}
    count = f'sum by (job) (rate({times}_count{{route="rank"}}[%s]))'
    in_time = f'sum by (job) (rate({times}_bucket{{route="rank",le="{edge!r}"}}[%s]))'
    return (
        Objective(
            "fallback",
            "fallback",
            0.999,
            f'sum by (job) (rate({answers}{{reason!=""}}[%s]))',
            f"sum by (job) (rate({answers}[%s]))",
            "answers that the model asked first did not give",
            (
                ("good", answers, {"tier": "primary"}),
                ("bad", answers, {"tier": "fallback", "reason": "deadline"}),
            ),
        ),
        Objective(
            "late",
            "latency",
            0.99,
            f"({count} - {in_time})",
            count,
            f"ranking requests that took more than {1000 * edge:g} ms",
            (("all", f"{times}_count", rank), ("good", f"{times}_bucket", {**rank, "le": repr(edge)})),
        ),
        Objective(
            "unanswered",
            "latency",
            0.999,
            f'sum by (job) (rate({requests}{{route="rank",status=~"5..|429"}}[%s]))',
            f'sum by (job) (rate({requests}{{route="rank"}}[%s]))',
            "ranking requests that nobody answered",
            (("good", requests, {**rank, "status": "200"}), ("bad", requests, {**rank, "status": "503"})),
        ),
    )


def burn_alert(objective: Objective, burn: Burn) -> Alert:
    """The rule of an objective and a pair of windows."""
    limit = f"{burn.rate * (1 - objective.share):.6g}"
    long, short = (objective.record(window) for window in (burn.long, burn.short))
    least = f"{_filled(objective.bad, burn.long)} * {burn.long} >= {LEAST}"
    return Alert(
        name=objective.alarm,
        expression=f"{long} > {limit} and {short} > {limit} and {least}",
        wait=0,
        labels={"severity": burn.severity, "window": seconds(burn.long)},
        summary=f"Of the last {seconds(burn.long)}, {{{{ $value | humanizePercentage }}}} were {objective.words}.",
        advice=ADVICE[objective.key],
        key=objective.key,
        about=f"The objective allows {100 * (1 - objective.share):.3g} % over {BUDGET_DAYS} days, which at "
        f"{burn.rate:g} times that pace are used up in {BUDGET_DAYS / burn.rate:.3g} days.",
    )


def objective_group(objective: Objective) -> Group:
    """The rules of an objective: its shares of bad answers, and an alarm per pair of windows."""
    records = [
        Recording(objective.record(window), _filled(f"{objective.bad} / {objective.all}", window))
        for window in _WINDOWS
    ]
    return Group(f"taskfusion-serving-{objective.name}", [*records, *(burn_alert(objective, burn) for burn in BURNS)])


def _filled(expression: str, window: int) -> str:
    return expression.replace("%s", seconds(window))


def _faults() -> Iterator[Alert]:
    """Rules over single faults of a server."""
    yield Alert(
        name="TaskfusionBreakerOpen",
        expression='taskfusion_breaker{state="open"} == 1',
        wait=5 * MINUTE,
        labels={"severity": "ticket"},
        summary="The model of tier {{ $labels.tier }} fails so often that it is not asked.",
        advice=ADVICE["fallback"],
        key="fallback",
    )
    yield Alert(
        name="TaskfusionWorkerRestarts",
        expression="sum by (job) (increase(taskfusion_worker_restarts_total[15m])) > 3",
        wait=0,
        labels={"severity": "ticket"},
        summary="Processes that score ended {{ $value | humanize }} times in 15 minutes, and others were started.",
        advice=ADVICE["fallback"],
        key="fallback",
    )
    yield Alert(
        name="TaskfusionDecisionsLost",
        expression='sum by (job) (increase(taskfusion_decisions_total{outcome="dropped"}[15m])) > 0',
        wait=0,
        labels={"severity": "ticket"},
        summary="{{ $value | humanize }} rows of the decision log were lost in 15 minutes.",
        advice=ADVICE["stale"],
        key="stale",
    )


FAULTS: Final = tuple(_faults())
"""Rules over single faults of a server: its breaker, its processes, its log."""
