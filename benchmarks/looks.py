"""Pilots without any effect, looked at again and again: how many are ever called an effect, by each way to decide.

Every pilot has two arms of units that come in day by day; the metric of each way to count is estimated at every look
from sums that grow, as pilot/metric.py does it.

Axes: T trials, A arms, K looks, N units that come by a look.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.__main__ import DOCS, write
from benchmarks.rounds import markdown
from taskfusion.pilot.sequential.boundary import boundaries
from taskfusion.pilot.sequential.confidence import half_width
from taskfusion.pilot.sequential.spending import obrien_fleming, pocock

LOOKS = 28
UNITS = 200
"""That come to each arm by each look."""

Array = npt.NDArray[Any]
Draw = Callable[[np.random.Generator, int], dict[str, Array]]


@dataclass(frozen=True)
class Ways:
    """Whether a trial was ever called an effect, by each way to decide [T]."""

    boundaries: Array
    pocock: Array
    sequence: Array
    peeking: Array


def _mean(random: np.random.Generator, count: int) -> dict[str, Array]:
    return {"y": random.normal(3.0, 2.0, count)}


def _heavy(random: np.random.Generator, count: int) -> dict[str, Array]:
    """Log-normal of sigma 1.5, such as money spent; its greatest of many is hundreds of times its median."""
    return {"y": random.lognormal(0.0, 1.5, count)}


def _ratio(random: np.random.Generator, count: int) -> dict[str, Array]:
    """Clicks per row, of units with other numbers of rows and another taste each."""
    rows = 1.0 + random.geometric(0.1, count)
    return {"y": random.binomial(rows.astype(int), random.beta(2, 8, count)).astype(float), "n": rows}


def _with_history(random: np.random.Generator, count: int) -> dict[str, Array]:
    """A mean whose unit was like that before, with a correlation of 0.7."""
    taste = random.normal(0.0, 1.0, count)
    noise = random.normal(0.0, 1.0, (2, count))
    before, now = np.sqrt(0.7) * taste + np.sqrt(0.3) * noise
    return {"y": now + 3.0, "x": before}


KINDS: dict[str, Draw] = {
    "mean": _mean,
    "ratio per row": _ratio,
    "heavy-tailed mean": _heavy,
    "mean with history (CUPED)": _with_history,
}
"""Ways to count a KPI."""


def z_values(random: np.random.Generator, draw: Draw, trials: int, looks: int, units: int) -> Array:
    """Difference of the arms over its standard error, at every look [T, K]."""
    found = np.empty((trials, looks))
    for trial in range(trials):
        columns = draw(random, 2 * looks * units)
        found[trial] = _z(columns, looks, units)
    return found


def _z(columns: dict[str, Array], looks: int, units: int) -> Array:
    sums: dict[str, Array] = {}
    names = sorted(columns)
    for place, first in enumerate(names):
        sums[first] = _grown(columns[first], looks, units)
        for second in names[place:]:
            sums[first + second] = _grown(columns[first] * columns[second], looks, units)
    count_K = units * np.arange(1, looks + 1)
    mean = {name: sums[name] / count_K for name in names}

    def covariance(a: str, b: str, mine: dict[str, Array], total: dict[str, Array], count: Array) -> Array:
        found: Array = (total["".join(sorted(a + b))] / count - mine[a] * mine[b]) * count / (count - 1)
        return found

    if "n" in columns:
        value = mean["y"] / mean["n"]
        variance = (
            covariance("y", "y", mean, sums, count_K)
            - 2 * value * covariance("y", "n", mean, sums, count_K)
            + value**2 * covariance("n", "n", mean, sums, count_K)
        ) / mean["n"] ** 2
    elif "x" in columns:
        both = {name: total.sum(axis=0) for name, total in sums.items()}
        pooled = {name: both[name] / (2 * count_K) for name in names}
        slope = covariance("x", "y", pooled, both, 2 * count_K) / covariance("x", "x", pooled, both, 2 * count_K)
        value = mean["y"] - slope * (mean["x"] - pooled["x"])
        variance = (
            covariance("y", "y", mean, sums, count_K)
            - 2 * slope * covariance("x", "y", mean, sums, count_K)
            + slope**2 * covariance("x", "x", mean, sums, count_K)
        )
    else:
        value, variance = mean["y"], covariance("y", "y", mean, sums, count_K)
    found: Array = (value[0] - value[1]) / np.sqrt(variance.sum(axis=0) / count_K)
    return found


def _grown(values: Array, looks: int, units: int) -> Array:
    """Sums up to each look [A, K]."""
    return np.cumsum(values.reshape(2, looks, units).sum(axis=2), axis=1)


def decide(z_TK: Array, units: int, alpha: float = 0.05) -> Ways:
    """Which trials are ever called an effect."""
    looks = z_TK.shape[1]
    shares = [(look + 1) / looks for look in range(looks)]
    size_TK = np.abs(z_TK)
    width_K = [half_width(1.0, 2 * units * (look + 1), 2 * units * looks, alpha) for look in range(looks)]
    limits = (boundaries(shares, obrien_fleming, alpha), boundaries(shares, pocock, alpha), width_K, [1.959964] * looks)
    return Ways(*(np.any(size_TK >= np.asarray(limit), axis=1) for limit in limits))


def figures(trials: int, looks: int, units: int, seed: int) -> str:
    """The table."""
    rows: list[list[str]] = []
    for number, (name, draw) in enumerate(KINDS.items()):
        ways = decide(z_values(np.random.default_rng([seed, number]), draw, trials, looks, units), units)
        rows.append([name, *(_share(one) for one in (ways.boundaries, ways.pocock, ways.sequence, ways.peeking))])
    head = ["KPI", "O'Brien-Fleming boundaries", "Pocock boundaries", "confidence sequence", "z test at every look"]
    note = f"{trials:,} pilots without effect per row, {looks} looks, {units:,} units per arm and look; error of 5 %."
    return f"{note}\n\n{markdown(head, rows)}"


def _share(is_called: Array) -> str:
    share = is_called.mean()
    around = 1.96 * np.sqrt(share * (1 - share) / len(is_called))
    return f"{100 * share:.1f} % [{100 * max(share - around, 0):.1f}, {100 * (share + around):.1f}]"


def main() -> None:
    """Measure, and print or write the table."""
    parser = argparse.ArgumentParser("benchmarks.looks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--trials", type=int, default=10_000, help="pilots per row (default: 10000)")
    parser.add_argument("--looks", type=int, default=LOOKS, help="at each (default: 28)")
    parser.add_argument("--units", type=int, default=UNITS, help="per arm and look (default: 200)")
    parser.add_argument("--seed", type=int, default=0, help="of all draws (default: 0)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/pilot.md")
    given = parser.parse_args()
    found = figures(given.trials, given.looks, given.units, given.seed)
    print(found)
    if given.write:
        write(DOCS / "pilot.md", "looks", found)


if __name__ == "__main__":
    main()
