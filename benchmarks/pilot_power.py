"""What tests of a pilot are worth: history (CUPED), equality with tea-tasting, power of looking more than once.

Axes: T trials, N units.
"""

import argparse
from collections.abc import Sequence
from math import sqrt

import numpy as np
import polars as pl
import tea_tasting
from scipy.stats import norm

from benchmarks.__main__ import DOCS, write
from benchmarks.rounds import markdown
from taskfusion.config.charter import Metric
from taskfusion.pilot.effect import effect
from taskfusion.pilot.metric import columns_of, spread, test_of
from taskfusion.pilot.moments import aggregates
from taskfusion.pilot.sequential.boundary import boundaries, power
from taskfusion.pilot.sequential.spending import SPENDINGS
from taskfusion.pilot.units import BEFORE, ROWS

CORRELATIONS = (0.0, 0.3, 0.5, 0.7, 0.9)
LOOKS = (2, 4, 7, 14, 28)
ALPHA, WANTED = 0.05, 0.8


def table(random: np.random.Generator, units: int, correlation: float, lift: float = 0.0) -> pl.DataFrame:
    """Units with sums and rows of a KPI, and those of before, whose sums correlate so much from unit to unit."""
    taste_N, noise_2N = random.normal(0, 1, units), random.normal(0, 1, (2, units))
    now_N, before_N = np.sqrt(correlation) * taste_N + np.sqrt(1 - correlation) * noise_2N
    rows_N = 5.0 + random.poisson(5, units)
    return pl.DataFrame(
        {
            "y": (10 + now_N) * (1 + lift), BEFORE + "y": 10 + before_N, f"{ROWS}.y": rows_N,
            f"{BEFORE}{ROWS}.y": rows_N,
        }
    )  # fmt: skip


def cuts(units: int, seed: int) -> list[list[str]]:
    """Rows: correlation, theory, and the cut of the variance that is found."""
    metric = Metric(kpi="y", value="y", per="unit")
    rows = []
    for place, correlation in enumerate(CORRELATIONS):
        found = spread(table(np.random.default_rng([seed, place]), units, correlation), metric, has_history=True)
        theory = correlation**2
        rows.append([f"{correlation:g}", f"{100 * theory:.1f} %", f"{100 * found.gain:.1f} %"])
    return rows


def differences(trials: int, units: int, seed: int) -> list[list[str]]:
    """Rows: way to count, and the greatest relative difference from tea-tasting's own analysis of the table."""
    rows = []
    for per, has_history in (("unit", False), ("unit", True), ("row", False), ("row", True)):
        metric = Metric(kpi="y", value="y", per=per)
        worst = 0.0
        for trial in range(trials):
            random = np.random.default_rng([seed, trial])
            arms = [table(random, units, 0.6, lift) for lift in (0.0, 0.02)]
            columns = columns_of(metric, has_history=has_history)
            control, treatment = (aggregates(arm, columns) for arm in arms)
            mine = effect(control, treatment, metric, has_history=has_history)
            both = pl.concat(
                [arm.with_columns(pl.lit(name).alias("arm")) for name, arm in zip("ct", arms, strict=True)]
            )
            experiment = tea_tasting.Experiment({"y": test_of(metric, has_history=has_history)}, variant="arm")
            theirs = experiment.analyze(both, control="c")["y"]  # of an Arrow table, narwhals 2.29 mixes up rows
            assert mine is not None
            ends = [np.exp(mine.log_change + side * norm.isf(0.025) * mine.error) for side in (-1, 1)]
            expected = [1 + theirs.rel_effect_size_ci_lower, 1 + theirs.rel_effect_size_ci_upper]
            pairs = [(mine.change + 1, theirs.rel_effect_size + 1), *zip(ends, expected, strict=True)]
            worst = max(worst, *(abs(one / other - 1) for one, other in pairs))
        rows.append([f"per {per}", "yes" if has_history else "no", f"{worst:.1e}"])
    return rows


def powers(looks: Sequence[int] = LOOKS) -> list[list[str]]:
    """Rows: boundaries, looks, and the power at which a test of one look has 80 %."""
    drift = float(norm.isf(ALPHA / 2) - norm.isf(WANTED))
    fixed = float(norm.sf(norm.isf(ALPHA / 2) - drift))
    rows = []
    for name, spending in SPENDINGS.items():
        for count in looks:
            shares = [(look + 1) / count for look in range(count)]
            found = power(boundaries(shares, spending, ALPHA), shares, drift)
            rows.append([name, str(count), f"{100 * found:.1f} %", f"{100 * found / fixed:.1f} %"])
    return rows


def simulated(count: int, name: str, trials: int, seed: int) -> float:
    """The same power by drawing trials."""
    drift = float(norm.isf(ALPHA / 2) - norm.isf(WANTED))
    shares = [(look + 1) / count for look in range(count)]
    z_K = np.asarray(boundaries(shares, SPENDINGS[name], ALPHA))
    step_TK = np.random.default_rng(seed).normal(drift / count, sqrt(1 / count), (trials, count))
    z_TK = step_TK.cumsum(axis=1) / np.sqrt(shares)
    return float((z_TK >= z_K).any(axis=1).mean())


def figures(units: int, trials: int, seed: int) -> str:
    """The tables."""
    return "\n\n".join(
        [
            f"CUPED: cut of the variance of a mean over {units:,} units; theory is the squared correlation with what "
            f"was before.",
            markdown(["correlation", "theory", "found"], cuts(units, seed)),
            f"Fixed-horizon results against tea-tasting's own analysis of the same table, {trials} tables: the "
            f"greatest relative difference of effect and interval.",
            markdown(["KPI", "history", "difference"], differences(trials, 2000, seed)),
            "Power with the units with which a test of one look has 80 %, error of 5 %.",
            markdown(["boundaries", "looks", "power", "of the fixed test's"], powers()),
        ]
    )


def main() -> None:
    """Compute, and print or write the tables."""
    parser = argparse.ArgumentParser("benchmarks.pilot_power", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--units", type=int, default=200_000, help="of each CUPED row (default: 200000)")
    parser.add_argument("--trials", type=int, default=50, help="tables held against tea-tasting (default: 50)")
    parser.add_argument("--seed", type=int, default=0, help="of all draws (default: 0)")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/pilot.md")
    given = parser.parse_args()
    found = figures(given.units, given.trials, given.seed)
    print(found)
    if given.write:
        write(DOCS / "pilot.md", "pilot-power", found)


if __name__ == "__main__":
    main()
