"""How often a watch is wrong, how soon it is right, and whom it names.

python -m benchmarks.watch_alarms [--write]

Clean traffic has weekly cycles: rates of labels, and with them predictions, swing by a quarter, and what the model
predicts is off by 5 % on weekends. References are of 2,000,000 rows of four weeks, drawn anew for every group of
streams, so that what a reference has wrong counts. Labels are drawn per step of 250 impressions, and evidence, limits
and factors are those of the product; faults go through its counters, signals and judge as logs do.

Axes: R streams, S steps.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, norm

from benchmarks.__main__ import DOCS, write
from benchmarks.rounds import markdown
from benchmarks.watch_faults import drift_alarms, faults
from taskfusion.watch.reference.factor import factors
from taskfusion.watch.reference.segment import FALSE_ALARMS, both_ways, limits_of
from taskfusion.watch.statistics.cusum import climb
from taskfusion.watch.statistics.shift import Shift

Array = npt.NDArray[Any]
RATES: Final = (0.35, 0.3, 0.1, 0.02, 0.005)
WINDOW: Final = 5000
STEP: Final = 250
REFERENCE_ROWS: Final = 2_000_000
DAYS: Final = 28
STEPS_PER_DAY: Final = 200
"""Of clean traffic: 10 windows a day."""

_GROUPS: Final = 160
_STREAMS: Final = 40
_WINDOWS: Final = 60
_BEFORE: Final = 20
"""Windows before the first that counts, so that CUSUMs do not begin at 0."""

_DRAWS: Final = 40
_DRIFTS: Final = 60_000
_DELAYS: Final = 2000
_MOST_STEPS: Final = 40_000
FRIDAY_IS_OVER: Final = 5
SPREAD: Final = 1.0
"""Standard deviation of the log-odds of rows."""


@dataclass(frozen=True)
class Rate:
    """A base rate: the log-odds around which rows are, and what of them is needed.

    Attributes:
        rate: mean probability.
        level: mean log-odds.
    """

    rate: float
    level: float

    @classmethod
    def of(cls, rate: float) -> "Rate":
        """By bisection over a grid of rows."""
        low, high = -12.0, 4.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if _grid(middle)[0].mean() < rate else (low, middle)
        return cls(rate, (low + high) / 2)


def _grid(level: float) -> tuple[Array, float]:
    """Probabilities of a thousand evenly spread rows, and the mean of their variances."""
    odds = level + SPREAD * norm.ppf((np.arange(1000) + 0.5) / 1000)
    probability = 1 / (1 + np.exp(-odds))
    return probability, float((probability * (1 - probability)).mean())


def weekday_factor(day: Array) -> Array:
    """By how much labels differ from predictions: 5 % fewer on weekends."""
    return np.where(day % 7 >= FRIDAY_IS_OVER, 0.95, 1.0)


def season(day: Array) -> Array:
    """By how much rates swing over the week."""
    return 1 + 0.25 * np.sin(2 * np.pi * day / 7)


@dataclass(frozen=True)
class Known:
    """What a reference of one draw says.

    Attributes:
        factor: by day of the week [7].
        shifts: upwards and downwards.
        limits: of both.
    """

    factor: Array
    shifts: tuple[Shift, Shift]
    limits: tuple[float, float]


def reference(random: np.random.Generator, base: Rate) -> Known:
    """A reference of rows of four weeks."""
    probability, variance = _grid(base.level)
    day = np.arange(DAYS)
    expected = REFERENCE_ROWS / DAYS * probability.mean() * season(day)
    spread = REFERENCE_ROWS / DAYS * variance * season(day)
    labels = random.normal(expected * weekday_factor(day), np.sqrt(spread))
    if base.rate < 0.2:
        labels = random.poisson(expected * weekday_factor(day)).astype(float)
    found = factors(labels, expected, spread, day % 7)
    squares = float((probability**2).sum() / probability.sum())
    change, up, down = limits_of(
        "probability", float(probability.mean()), squares, variance, 1.0, found.uncertainty, WINDOW
    )
    rate = float(probability.mean() * found.by_weekday.mean())
    shifts = tuple(Shift.of(share, rate, squares, 1.0) for share in both_ways(change))
    return Known(found.by_weekday, (shifts[0], shifts[1]), (up, down))


class Streams:
    """Clean or shifted streams of one reference, step by step.

    Args:
        random: of the draws.
        base: of the rows.
        known: the reference.
        count: R.
    """

    def __init__(self, random: np.random.Generator, base: Rate, known: Known, count: int) -> None:
        self._random, self._known, self._count = random, known, count
        self._probability, _ = _grid(base.level)
        self.heights = np.zeros((2, count))
        self._tables: dict[tuple[int, float], tuple[Array, float, float, float]] = {}

    def _table(self, weekday: int, swing: float) -> tuple[Array, float, float, float]:
        """Probabilities of the day, their mean, and what a row costs in either direction."""
        key = (weekday, swing)
        if key not in self._tables:
            predicted = np.minimum(self._probability * swing, 0.99)
            expected = predicted * self._known.factor[weekday]
            up, down = (float(shift.cost(expected).mean()) for shift in self._known.shifts)
            self._tables[key] = (predicted, float(predicted.mean()), up, down)
        return self._tables[key]

    def step(self, day: int, change: float = 1.0) -> Array:
        """Labels of the next step [R]; heights are then those after it."""
        swing = float(season(np.array([day % 7]))[0])
        predicted, _, up, down = self._table(day % 7, swing)
        truth = np.minimum(predicted * float(weekday_factor(np.array([day]))[0]) * change, 1.0)
        mean, square = float(truth.mean()), float((truth**2).mean())
        alike = square / mean  # a binomial of the same mean and variance as rows that differ
        trials = max(1, round(STEP * mean / alike))
        label_R = self._random.binomial(trials, min(1.0, STEP * mean / trials), self._count)
        for side, (shift, cost, limit) in enumerate(
            zip(self._known.shifts, (up, down), self._known.limits, strict=True)
        ):
            evidence_R = np.asarray(shift.theta * label_R / shift.design - STEP * cost, dtype=np.float64)
            self.heights[side] = climb(self.heights[side], evidence_R, np.full(self._count, limit))
        return label_R

    @property
    def is_alarm(self) -> Array:
        """Whether either height is above its limit [R]."""
        return np.asarray((self.heights > np.array(self._known.limits)[:, None]).any(axis=0))


def false_alarms(random: np.random.Generator, base: Rate) -> dict[str, object]:
    """Alarms of clean streams; one that is found begins anew."""
    alarms, steps = 0, 0
    for _ in range(_GROUPS):
        streams = Streams(random, base, reference(random, base), _STREAMS)
        for step in range((_BEFORE + _WINDOWS) * WINDOW // STEP):
            streams.step(step // STEPS_PER_DAY)
            found = streams.is_alarm
            alarms += int(found.sum()) if step >= _BEFORE * WINDOW // STEP else 0
            streams.heights[:, found] = 0
        steps += _WINDOWS * WINDOW // STEP * _STREAMS
    windows = steps * STEP / WINDOW
    return _rare(f"calibration, base rate {base.rate:g}", alarms, windows)


def _rare(what: str, alarms: int, windows: float) -> dict[str, object]:
    bound = float(chi2.ppf(0.95, 2 * alarms + 2)) / 2
    return {
        "what": what,
        "task-windows": f"{windows:,.0f}",
        "false alarms": alarms,
        "per 10,000": f"{1e4 * alarms / windows:.2f}",
        "95 % bound": f"{1e4 * bound / windows:.2f}",
    }


def delays(random: np.random.Generator, base: Rate, change: float) -> dict[str, object]:
    """Until a change of all labels is found, in streams that were clean for ten windows before."""
    rows, positives = [], []
    for _ in range(_DRAWS):
        count = _DELAYS // _DRAWS
        streams = Streams(random, base, reference(random, base), count)
        for step in range(10 * WINDOW // STEP):
            streams.step(step // STEPS_PER_DAY)
            streams.heights[:, streams.is_alarm] = 0
        begun = int(random.integers(0, 7)) * STEPS_PER_DAY
        label_R, open_R = np.zeros(count), np.ones(count, dtype=bool)
        for step in range(_MOST_STEPS):
            label_R += np.where(open_R, streams.step((begun + step) // STEPS_PER_DAY, change), 0)
            found = open_R & streams.is_alarm
            rows += [(step + 1) * STEP] * int(found.sum())
            positives += label_R[found].tolist()
            open_R &= ~found
            if not open_R.any():
                break
        rows += [_MOST_STEPS * STEP] * int(open_R.sum())
        positives += label_R[open_R].tolist()
    return {
        "base rate": f"{base.rate:g}",
        "change": f"{change - 1:+.0%}",
        "windows, median": f"{np.median(rows) / WINDOW:.2f}",
        "windows, 90 %": f"{np.quantile(rows, 0.9) / WINDOW:.2f}",
        "positives, median": f"{np.median(positives):,.0f}",
    }


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    return markdown(list(rows[0]), [[str(value) for value in row.values()] for row in rows])


def main() -> None:
    """Measure all three, and write them to docs/watch.md if asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--faults", type=int, default=200)
    given = parser.parse_args()
    begun, random = time.process_time(), np.random.default_rng(0)
    bases = [Rate.of(rate) for rate in RATES]
    tables: dict[str, list[Mapping[str, object]]] = {}
    tables["watch-false"] = [false_alarms(random, base) for base in bases]
    total = [
        (int(str(row["false alarms"])), float(str(row["task-windows"]).replace(",", "")))
        for row in tables["watch-false"]
    ]
    tables["watch-false"].append(_rare("calibration, all", sum(a for a, _ in total), sum(w for _, w in total)))
    print(_table(tables["watch-false"]), flush=True)
    tables["watch-delay"] = [delays(random, base, change) for base in bases for change in (1.1, 1 / 1.1)]
    print(_table(tables["watch-delay"]), flush=True)
    for together in (1, 6):
        what = f"score drift, requests of {together} {'rows' if together > 1 else 'row'}"
        tables["watch-false"].append(_rare(what, drift_alarms(random, together, _DRIFTS), _DRIFTS))
    tables["watch-fault"] = faults(given.faults)
    print(_table(tables["watch-fault"]), flush=True)
    print(f"{time.process_time() - begun:.0f} CPU seconds; limits allow {FALSE_ALARMS:g} false alarms per window")
    if given.write:
        for name, rows in tables.items():
            write(DOCS / "watch.md", name, _table(rows))


if __name__ == "__main__":
    main()
