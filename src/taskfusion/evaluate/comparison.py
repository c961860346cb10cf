"""Variants over seeds: means, intervals of the difference from a reference, delta-m, and verdicts.

Runs with the same seed are paired: the interval is that of Student's t for their differences. It speaks of the noise
of training (start, shuffling, dropout) on one set of test rows, not of other test rows, which evaluate.evidence adds;
and among many intervals of 95 % some exclude 0 by chance.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Literal

from pydantic import Field
from scipy.special import stdtrit

from taskfusion.base.errors import ExperimentError
from taskfusion.base.record import Record
from taskfusion.evaluate.metric import LEAD_METRIC, METRICS
from taskfusion.evaluate.record import Metrics

Verdict = Literal["better", "worse", "no difference shown", "one seed: no interval", "n/a"]


class Parameters(Record):
    """Numbers of weights."""

    network: int = Field(ge=0, description="Of the fusion network.")
    embedding: int = Field(ge=0, description="Of embedding tables and other inputs.")
    tower: int = Field(ge=0, description="Of the towers.")
    total: int = Field(ge=0, description="Of the whole model.")


class Cell(Record):
    """One variant trained with one seed; what only networks have is null for LightGBM."""

    variant: str = Field(description="Name of the variant or baseline.")
    seed: int = Field(description="Seed of the training.")
    parameters: Parameters | None = Field(description="Numbers of weights, of all models together.")
    flops_per_row: float | None = Field(description="Floating-point operations of one forward pass, per row.")
    seconds: float = Field(description="Time of training, in seconds.")
    epochs: float | None = Field(description="Epochs trained.")
    tasks: dict[str, Metrics] = Field(description="Metrics by task and name.")


class Interval(Record):
    """A mean and its confidence interval."""

    mean: float = Field(description="The mean.")
    low: float | None = Field(description="Lower end; null where there is one seed.")
    high: float | None = Field(description="Upper end; null where there is one seed.")

    @property
    def ends(self) -> tuple[float, float] | None:
        """Lower and upper end; None where there is one seed."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    @property
    def negated(self) -> "Interval":
        """The interval of the number with the other sign."""
        low, high = (None if end is None else -end for end in (self.high, self.low))
        return Interval(mean=-self.mean, low=low, high=high)


class Difference(Interval):
    """Variant minus reference, and what it shows."""

    verdict: Verdict = Field(description="What the interval shows.")


class MetricSummary(Record):
    """One metric of one task over the seeds."""

    mean: float | None = Field(description="Mean over seeds.")
    std: float | None = Field(description="Standard deviation over seeds; null with fewer than two.")
    values: dict[str, float | None] = Field(description="Values by seed.")
    difference: Difference | None = Field(description="Against the reference, over paired seeds.")


class VariantSummary(Record):
    """One variant over its seeds."""

    variant: str = Field(description="Name of the variant or baseline.")
    seeds: tuple[int, ...] = Field(description="Seeds, ascending.")
    parameters: Parameters | None = Field(description="Numbers of weights; null for LightGBM.")
    flops_per_row: float | None = Field(description="Floating-point operations per row; null for LightGBM.")
    seconds: float = Field(description="Mean time of training, in seconds.")
    epochs: float | None = Field(description="Mean number of epochs; null for LightGBM.")
    delta_m: Interval | None = Field(
        description="Mean improvement of relative_loss over the tasks against the reference, in percent."
    )
    tasks: dict[str, dict[str, MetricSummary]] = Field(description="By task and metric.")


class Summary(Record):
    """All variants against the reference."""

    reference: str = Field(description="Variant or baseline that the others are compared with.")
    confidence: float = Field(gt=0, lt=1, description="Of the intervals.")
    variants: tuple[VariantSummary, ...] = Field(description="In the order of the page.")


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
        runs = variants.setdefault(cell.variant, {})
        if cell.seed in runs:
            raise ExperimentError(
                f"variant '{cell.variant}' should have one run per seed, but has two with seed {cell.seed}; leave one "
                f"out"
            )
        runs[cell.seed] = cell
    return Summary(
        reference=reference,
        confidence=confidence,
        variants=tuple(
            _variant_summary(runs, variants.get(reference, {}) if variant != reference else {}, confidence)
            for variant, runs in variants.items()
        ),
    )


def paired_interval(differences: Sequence[float], confidence: float) -> Interval:
    """Mean of the differences, one per seed, and its interval of Student's t."""
    mean, count = fmean(differences), len(differences)
    if count == 1:
        return Interval(mean=mean, low=None, high=None)
    half = float(stdtrit(count - 1, (1 + confidence) / 2)) * stdev(differences) / count**0.5
    return Interval(mean=mean, low=mean - half, high=mean + half)


def _variant_summary(runs: _Runs, reference: _Runs, confidence: float) -> VariantSummary:
    cells = [runs[seed] for seed in sorted(runs)]
    epochs = [cell.epochs for cell in cells if cell.epochs is not None]
    metrics_by_task = {task: dict.fromkeys(m for c in cells for m in c.tasks.get(task, {})) for task in _tasks(cells)}
    return VariantSummary(
        variant=cells[0].variant,
        seeds=tuple(sorted(runs)),
        parameters=cells[0].parameters,
        flops_per_row=cells[0].flops_per_row,
        seconds=fmean(cell.seconds for cell in cells),
        epochs=fmean(epochs) if epochs else None,
        delta_m=_delta_m(runs, reference, confidence),
        tasks={
            task: {metric: _metric_summary(runs, reference, task, metric, confidence) for metric in metrics}
            for task, metrics in metrics_by_task.items()
        },
    )


def _metric_summary(runs: _Runs, reference: _Runs, task: str, metric: str, confidence: float) -> MetricSummary:
    values = {str(seed): _value(runs[seed], task, metric) for seed in sorted(runs)}
    known = [value for value in values.values() if value is not None]
    pairs = _pairs(runs, reference, task, metric)
    return MetricSummary(
        mean=fmean(known) if known else None,
        std=stdev(known) if len(known) > 1 else None,
        values=values,
        difference=_difference([own - other for own, other in pairs.values()], metric, confidence),
    )


def _difference(differences: Sequence[float], metric: str, confidence: float) -> Difference | None:
    if not differences:
        return None
    interval = paired_interval(differences, confidence)
    return Difference(mean=interval.mean, low=interval.low, high=interval.high, verdict=verdict_of(interval, metric))


def verdict_of(interval: Interval, metric: str) -> Verdict:
    """What the interval of a difference in a metric shows."""
    higher_is_better = METRICS[metric].higher_is_better if metric in METRICS else None
    if higher_is_better is None:
        return "n/a"
    if interval.low is None or interval.high is None:
        return "one seed: no interval"
    if interval.low <= 0 <= interval.high:
        return "no difference shown"
    return "better" if (interval.mean > 0) == higher_is_better else "worse"


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
    return cell.tasks.get(task, {}).get(metric)


def _tasks(cells: Sequence[Cell]) -> list[str]:
    return list(dict.fromkeys(task for cell in cells for task in cell.tasks))
