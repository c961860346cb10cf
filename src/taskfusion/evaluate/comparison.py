"""Variants over seeds: means, intervals of the difference from a reference, delta-m, and verdicts.

Runs with the same seed are paired: the interval is that of Student's t for their differences. It speaks of the noise
of training (start, shuffling, dropout) on one set of test rows, not of other test rows; and among many intervals of
95 % some exclude 0 by chance.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Literal, TypedDict

from scipy.special import stdtrit

from taskfusion.base.errors import ExperimentError
from taskfusion.evaluate.metric import LEAD_METRIC, METRICS

Verdict = Literal["better", "worse", "no difference shown", "one seed: no interval", "n/a"]


class Parameters(TypedDict):
    """Numbers of weights."""

    network: int
    embedding: int
    tower: int
    total: int


class Cell(TypedDict):
    """One variant trained with one seed; metrics by task, null where there is none; what only networks have is null
    for LightGBM.
    """

    variant: str
    seed: int
    parameters: Parameters | None
    flops_per_row: float | None
    seconds: float
    epochs: float | None
    tasks: dict[str, dict[str, float | None]]


class Interval(TypedDict):
    """A mean over seeds and its confidence interval, null where there is one seed."""

    mean: float
    low: float | None
    high: float | None


class Difference(Interval):
    """Variant minus reference, and what it shows."""

    verdict: Verdict


class MetricSummary(TypedDict):
    """One metric of one task over the seeds; values by seed, as text so that JSON keeps the keys."""

    mean: float | None
    std: float | None
    values: dict[str, float | None]
    difference: Difference | None


class VariantSummary(TypedDict):
    """One variant over its seeds; seconds and epochs are means, delta_m is in percent."""

    variant: str
    seeds: list[int]
    parameters: Parameters | None
    flops_per_row: float | None
    seconds: float
    epochs: float | None
    delta_m: Interval | None
    tasks: dict[str, dict[str, MetricSummary]]


class Summary(TypedDict):
    """All variants against the reference."""

    reference: str
    confidence: float
    variants: list[VariantSummary]


_Runs = Mapping[int, Cell]  # of one variant, by seed


def summarize(cells: Sequence[Cell], *, reference: str = "single-task", confidence: float = 0.95) -> Summary:
    """Put the runs of variants together and compare each variant with the reference.

    Args:
        cells: one for each variant and seed, in the order in which variants shall appear.
        reference: variant compared with; where it has no run, and for itself, differences and delta_m are null.
        confidence: of the intervals, 0..1.

    Raises:
        ExperimentError: a variant has two runs with one seed, or the confidence is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ExperimentError(f"confidence should lie between 0 and 1, like 0.95, but is {confidence}")
    variants: dict[str, dict[int, Cell]] = {}
    for cell in cells:
        runs = variants.setdefault(cell["variant"], {})
        if cell["seed"] in runs:
            raise ExperimentError(
                f"variant '{cell['variant']}' should have one run a seed, but has two with seed {cell['seed']}; "
                f"leave one out"
            )
        runs[cell["seed"]] = cell
    return {
        "reference": reference,
        "confidence": confidence,
        "variants": [
            _variant_summary(runs, variants.get(reference, {}) if variant != reference else {}, confidence)
            for variant, runs in variants.items()
        ],
    }


def paired_interval(differences: Sequence[float], confidence: float) -> Interval:
    """Mean of the differences, one a seed, and its interval of Student's t."""
    mean, count = fmean(differences), len(differences)
    if count == 1:
        return {"mean": mean, "low": None, "high": None}
    half = float(stdtrit(count - 1, (1 + confidence) / 2)) * stdev(differences) / count**0.5
    return {"mean": mean, "low": mean - half, "high": mean + half}


def _variant_summary(runs: _Runs, reference: _Runs, confidence: float) -> VariantSummary:
    cells = [runs[seed] for seed in sorted(runs)]
    epochs = [cell["epochs"] for cell in cells if cell["epochs"] is not None]
    metrics_by_task = {
        task: dict.fromkeys(m for c in cells for m in c["tasks"].get(task, {})) for task in _tasks(cells)
    }
    return {
        "variant": cells[0]["variant"],
        "seeds": sorted(runs),
        "parameters": cells[0]["parameters"],
        "flops_per_row": cells[0]["flops_per_row"],
        "seconds": fmean(cell["seconds"] for cell in cells),
        "epochs": fmean(epochs) if epochs else None,
        "delta_m": _delta_m(runs, reference, confidence),
        "tasks": {
            task: {metric: _metric_summary(runs, reference, task, metric, confidence) for metric in metrics}
            for task, metrics in metrics_by_task.items()
        },
    }


def _metric_summary(runs: _Runs, reference: _Runs, task: str, metric: str, confidence: float) -> MetricSummary:
    values = {str(seed): _value(runs[seed], task, metric) for seed in sorted(runs)}
    known = [value for value in values.values() if value is not None]
    pairs = _pairs(runs, reference, task, metric)
    return {
        "mean": fmean(known) if known else None,
        "std": stdev(known) if len(known) > 1 else None,
        "values": values,
        "difference": _difference([own - other for own, other in pairs.values()], metric, confidence),
    }


def _difference(differences: Sequence[float], metric: str, confidence: float) -> Difference | None:
    if not differences:
        return None
    interval = paired_interval(differences, confidence)
    return {**interval, "verdict": verdict_of(interval, metric)}


def verdict_of(interval: Interval, metric: str) -> Verdict:
    """What the interval of a difference in a metric shows."""
    higher_is_better = METRICS[metric].higher_is_better if metric in METRICS else None
    if higher_is_better is None:
        return "n/a"
    if interval["low"] is None or interval["high"] is None:
        return "one seed: no interval"
    if interval["low"] <= 0 <= interval["high"]:
        return "no difference shown"
    return "better" if (interval["mean"] > 0) == higher_is_better else "worse"


def _delta_m(runs: _Runs, reference: _Runs, confidence: float) -> Interval | None:
    """Mean over tasks of the improvement of relative_loss in percent, positive where better, over paired seeds.

    Maninis, Radosavovic, Kokkinos: Attentive Single-Tasking of Multiple Tasks, CVPR 2019, eq. 4. A task counts where
    all paired runs have its relative_loss, so that every seed averages the same tasks.
    """
    seeds = runs.keys() & reference.keys()
    by_task = [_pairs(runs, reference, task, LEAD_METRIC) for task in _tasks(list(runs.values()))]
    whole = [pairs for pairs in by_task if pairs.keys() == seeds and all(other > 0 for _, other in pairs.values())]
    if not seeds or not whole:
        return None
    gains = [fmean(100 * (1 - pairs[seed][0] / pairs[seed][1]) for pairs in whole) for seed in sorted(seeds)]
    return paired_interval(gains, confidence)


def _pairs(runs: _Runs, reference: _Runs, task: str, metric: str) -> dict[int, tuple[float, float]]:
    """The metric of variant and reference by seed, where both have it."""
    pairs: dict[int, tuple[float, float]] = {}
    for seed in sorted(runs.keys() & reference.keys()):
        own, other = _value(runs[seed], task, metric), _value(reference[seed], task, metric)
        if own is not None and other is not None:
            pairs[seed] = own, other
    return pairs


def _value(cell: Cell, task: str, metric: str) -> float | None:
    return cell["tasks"].get(task, {}).get(metric)


def _tasks(cells: Sequence[Cell]) -> list[str]:
    return list(dict.fromkeys(task for cell in cells for task in cell["tasks"]))
