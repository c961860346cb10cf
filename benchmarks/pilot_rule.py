"""Whole pilots of six KPIs, simulated under the charter's rule: how often each action is taken, and how often wrongly.

Estimates are drawn as the normal walks that they are of many units; findings are those of pilot/analyse.py, and the
action that of pilot/rule.py on every day until one is taken.

Axes: T pilots, M KPIs, D days, K looks.
"""

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.__main__ import DOCS, write
from benchmarks.rounds import markdown
from taskfusion.pilot.analyse import guard_finding, log_loss
from taskfusion.pilot.rule import decide
from taskfusion.pilot.sequential.boundary import boundaries, inflation
from taskfusion.pilot.sequential.confidence import one_sided_width
from taskfusion.pilot.sequential.spending import obrien_fleming
from taskfusion.run.record.pilot_memo import Action, Finding, Interval, KpiReading
from taskfusion.run.record.pilot_plan import KpiRole

DAYS, LOOKS, ALPHA, UNITS = 28, 4, 0.05, 100_000
ROLES: tuple[KpiRole, ...] = ("success", "success", "guardrail", "guardrail", "deterioration", "quality")
CORRELATION = 0.3
"""Of the KPIs with each other, from unit to unit."""

LEAST = 0.02
"""Least effect of success, which is found with a power of 80 %."""

MARGIN = 0.03
"""What a guardrail may cost."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Regime:
    """What is true in a pilot.

    Attributes:
        gains: relative change of each KPI, above 0 better.
        may_ship: whether shipping is right.
        may_roll_back: whether rolling back is right.
    """

    gains: tuple[float, ...]
    may_ship: bool
    may_roll_back: bool


REGIMES: Mapping[str, Regime] = {
    "nothing changes": Regime((0, 0, 0, 0, 0, 0), may_ship=False, may_roll_back=False),
    "one success, as large as matters": Regime((LEAST, 0, 0, 0, 0, 0), may_ship=True, may_roll_back=False),
    "both successes, twice as large": Regime((2 * LEAST, 2 * LEAST, 0, 0, 0, 0), may_ship=True, may_roll_back=False),
    "a success, and a guardrail at its limit": Regime(
        (2 * LEAST, 0, -MARGIN, 0, 0, 0), may_ship=False, may_roll_back=True
    ),
    "a success, and a guardrail at twice its limit": Regime(
        (2 * LEAST, 0, -2 * MARGIN, 0, 0, 0), may_ship=False, may_roll_back=True
    ),
    "a deterioration of 3 %": Regime((0, 0, 0, 0, -0.03, 0), may_ship=False, may_roll_back=True),
}
"""What pilots are drawn from."""


def final_error() -> float:
    """Standard error at the end with which the least effect of success has a power of 80 %."""
    from scipy.stats import norm

    alpha = ALPHA / ROLES.count("success")
    cost = inflation([(look + 1) / LOOKS for look in range(LOOKS)], obrien_fleming, alpha, 0.8)
    return float(np.log1p(LEAST) / (norm.isf(alpha / 2) + norm.isf(0.2)) / np.sqrt(cost))


def estimates(random: np.random.Generator, gains: Array, trials: int) -> tuple[Array, Array]:
    """Changes on the log scale by day [T, M, D], and their standard errors [D]."""
    covariance = np.full((len(gains), len(gains)), CORRELATION) + (1 - CORRELATION) * np.eye(len(gains))
    steps = random.multivariate_normal(np.zeros(len(gains)), covariance, (trials, DAYS)).transpose(0, 2, 1)
    days_D = np.arange(1, DAYS + 1)
    error_D = final_error() * np.sqrt(DAYS / days_D)
    return np.log1p(gains)[:, None] + np.cumsum(steps, axis=2) / np.sqrt(days_D) * error_D, error_D


def findings(change_TMD: Array, error_D: Array) -> npt.NDArray[Any]:
    """What each KPI shows on each day [T, M, D]."""
    found = np.full(change_TMD.shape, "not shown", dtype=object)
    units_D = UNITS * np.arange(1, DAYS + 1) / DAYS
    guard_alpha = ALPHA / sum(role != "success" for role in ROLES)
    width_D = [
        one_sided_width(e, u, UNITS, guard_alpha) for e, u in zip(error_D.tolist(), units_D.tolist(), strict=True)
    ]
    looks = [DAYS * (look + 1) // LOOKS - 1 for look in range(LOOKS)]
    loss = log_loss(MARGIN, "up")
    z_K = boundaries([(day + 1) / DAYS for day in looks], obrien_fleming, ALPHA / ROLES.count("success"))
    for place, role in enumerate(ROLES):
        for day in range(DAYS):
            change_T = change_TMD[:, place, day]
            if role == "success":
                if day in looks:
                    z_T, limit = change_T / error_D[day], z_K[looks.index(day)]
                    new = np.where(z_T >= limit, "better", np.where(z_T <= -limit, "worse", "not shown"))
                    is_open = found[:, place, day] == "not shown"
                    found[is_open, place, day:] = new[is_open, None]
            else:
                found[:, place, day] = [guard_finding(role, loss, one, width_D[day]) for one in change_T.tolist()]
    return found


@cache
def action_of(found: tuple[Finding, ...], is_over: bool) -> Action:
    """What the rule says."""
    readings = [
        KpiReading(
            name=str(place), meaning="", role=role, direction="up", control=1.0, treatment=1.0,
            effect=Interval(change=0.0, lower=0.0, upper=0.0, error=0.0), least_effect=MARGIN, finding=one, looks=[],
            matured=1.0, fading=None, adjusted=None,
        )
        for place, (role, one) in enumerate(zip(ROLES, found, strict=True))
    ]  # fmt: skip
    return decide(readings, "any", is_mismatch=False, is_over=is_over, units={})[0]


def actions(random: np.random.Generator, regime: Regime, trials: int) -> tuple[Counter[Action], float]:
    """How often each action is taken, and the mean day of it."""
    found = findings(*estimates(random, np.asarray(regime.gains, dtype=float), trials))
    taken, total = Counter[Action](), 0
    for trial in found:
        for day in range(DAYS):
            action = action_of(tuple(trial[:, day]), day == DAYS - 1)
            if action != "extend":
                taken[action] += 1
                total += day + 1
                break
    return taken, total / trials


def figures(trials: int, seed: int) -> str:
    """The table."""
    rows: list[list[str]] = []
    for number, (name, regime) in enumerate(REGIMES.items()):
        taken, day = actions(np.random.default_rng([seed, number]), regime, trials)
        wrong = (0 if regime.may_ship else taken["ship"]) + (0 if regime.may_roll_back else taken["roll back"])
        shares = [f"{100 * taken[action] / trials:.2f} %" for action in ("ship", "hold", "roll back")]
        rows.append([name, *shares, f"{100 * wrong / trials:.2f} %", f"{day:.1f}"])
    note = (
        f"{trials:,} pilots per row: two successes (any is enough), two guardrails that may cost {100 * MARGIN:g} %, "
        f"one deterioration, one quality; {DAYS} days, {LOOKS} looks at successes, the others acted on daily; error of "
        f"5 %; sized for a power of 80 % at a success of {100 * LEAST:g} %."
    )
    return f"{note}\n\n{markdown(['what is true', 'ship', 'hold', 'roll back', 'wrong', 'mean day'], rows)}"


def main() -> None:
    """Simulate, and print or write the table."""
    parser = argparse.ArgumentParser("benchmarks.pilot_rule", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--trials", type=int, default=10_000, help="pilots per row (default: 10000)")
    parser.add_argument("--seed", type=int, default=0, help="of all draws (default: 0)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/pilot.md")
    given = parser.parse_args()
    found = figures(given.trials, given.seed)
    print(found)
    if given.write:
        write(DOCS / "pilot.md", "pilot-rule", found)


if __name__ == "__main__":
    main()
