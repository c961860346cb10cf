"""Methods against baselines on the same test rows: differences with intervals over other rows and seeds together.

The bootstrap draws users, or rows, of losses averaged over seeds; joint adds what other seeds do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydantic import Field

from taskfusion.base.record import Record
from taskfusion.evaluate.bootstrap import percentile_interval, resample
from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.joint import JointDifference, joint_difference
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.rows import Floats
from taskfusion.evaluate.statistic import STATISTICS, LabelledRows, Measured, Predictions
from taskfusion.schema.task.table import kind_of

BETTER_BASELINE: Final = "better baseline"
"""The baseline that did better on the validation rows, task by task."""

RESAMPLES: Final = 2000


class Contrast(Record):
    """One method against another, most often a baseline."""

    variant: str = Field(description="Name of the method.")
    baseline: str = Field(description="What it is compared with.")
    tasks: dict[str, dict[str, JointDifference]] = Field(
        description="By task and metric: of relative_loss in percent of the baseline's, of others plain differences."
    )
    mean: dict[str, JointDifference] = Field(description="By metric, over the tasks that have it.")


class Evidence(Record):
    """All methods against all baselines."""

    clusters: int = Field(description="Groups that were drawn from, or rows where grouped is false.")
    grouped: bool = Field(description="Whether groups were drawn rather than rows.")
    resamples: int = Field(description="Draws of the bootstrap.")
    confidence: float = Field(gt=0, lt=1, description="Of the intervals.")
    better_baseline: dict[str, str] = Field(
        description="By task, the baseline that did better on validation rows; empty with fewer than two baselines."
    )
    contrasts: tuple[Contrast, ...] = Field(
        description="Methods against baselines, or against the first method where no baseline takes part."
    )
    between: tuple[Contrast, ...] = Field(
        description="The first method that is no baseline against each other one that is none."
    )


@dataclass(frozen=True)
class _Value:
    """A metric [1 + R] of all rows, then of the resamples, and of every seed [S]."""

    of_rows_R: Floats
    by_seed_S: Floats


def _percent_of(own: _Value, other: _Value) -> _Value:
    """The difference in percent of the other. Losses over the same entropy have the ratio that the losses have.

    A ratio of means varies over seeds as its linear part does: (own - ratio * other) / mean of the other.
    """
    change_R = 100 * (own.of_rows_R / other.of_rows_R - 1)
    ratio = own.of_rows_R[0] / other.of_rows_R[0]
    return _Value(change_R, 100 * (own.by_seed_S - ratio * other.by_seed_S) / other.of_rows_R[0])


def _minus(own: _Value, other: _Value) -> _Value:
    return _Value(own.of_rows_R - other.of_rows_R, own.by_seed_S - other.by_seed_S)


_DIFFERENCES: Mapping[str, Callable[[_Value, _Value], _Value]] = {
    LEAD_METRIC: _percent_of,
    "auc": _minus,
    "gauc": _minus,
}

_Values = Mapping[tuple[str, str, str], _Value]
"""By variant, task and metric."""


def evidence(
    rows: Sequence[LabelledRows],
    variants: Sequence[str],
    predictions: Callable[[str, int], Predictions],
    *,
    baselines: Sequence[str],
    better_baseline: Mapping[str, str],
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
    mean_confidence: float | None = None,
    seed: int = 0,
) -> Evidence:
    """Compare every variant with every baseline, or with the first variant where there is none; where better_baseline
    names tasks, all other variants with that; then the first variant that is no baseline with all others that are none.

    Args:
        rows: one per task, all of the same rows and clusters.
        variants: the methods, baselines among them; the first that is none is compared with the others.
        predictions: of a variant for the task of a place in rows, one array per seed; asked for once each. Seeds of all
            variants are the same, in one order.
        baselines: variants compared with.
        better_baseline: by task, the baseline that the validation rows chose.
        resamples: draws of the bootstrap.
        confidence: of the intervals, 0..1.
        mean_confidence: of those of means over the tasks; None: the same.
        seed: of the draws; all tasks and methods see the same ones.
    """
    values = _resampled(rows, variants, predictions, resamples, seed)
    tasks = [one.task.name for one in rows]
    own = [variant for variant in variants if variant not in baselines]
    confidences = (confidence, confidence if mean_confidence is None else mean_confidence)
    of_other = {variant: dict.fromkeys(tasks, variant) for variant in variants}
    pairs = [(variant, other) for variant in variants for other in baselines or variants[:1] if variant != other]
    if better_baseline:
        of_other[BETTER_BASELINE] = dict(better_baseline)
        pairs += [(variant, BETTER_BASELINE) for variant in own]

    def contrasts(chosen: Sequence[tuple[str, str]]) -> tuple[Contrast, ...]:
        return tuple(
            _contrast(variant, other, of_other[other], values, rows[0].num_clusters, confidences)
            for variant, other in chosen
        )

    return Evidence(
        clusters=rows[0].num_clusters,
        grouped=rows[0].grouped,
        resamples=resamples,
        confidence=confidence,
        better_baseline=dict(better_baseline),
        contrasts=contrasts(pairs),
        between=contrasts([(own[0], other) for other in own[1:]]),
    )


def _resampled(
    rows: Sequence[LabelledRows],
    variants: Sequence[str],
    predictions: Callable[[str, int], Predictions],
    resamples: int,
    seed: int,
) -> _Values:
    found: dict[tuple[str, str, str], Measured] = {}
    for variant in variants:
        for place, labelled in enumerate(rows):
            if not len(labelled.label_K):
                continue
            of_task = predictions(variant, place)
            for metric in kind_of(labelled.task).statistics:
                measured = STATISTICS[metric](labelled, of_task)
                if measured is not None:
                    found[variant, labelled.task.name, metric] = measured
    if not found:
        return {}
    value_RS = resample([one.ratios for one in found.values()], resamples=resamples, seed=seed)
    return {
        key: _Value(np.concatenate([[one.ratios.value], value_R]), one.by_seed_S)
        for (key, one), value_R in zip(found.items(), value_RS.T, strict=True)
    }


def _contrast(
    variant: str,
    baseline: str,
    baseline_of: Mapping[str, str],
    values: _Values,
    clusters: int,
    confidences: tuple[float, float],
) -> Contrast:
    """Confidences are those of a task and of the mean."""
    tasks: dict[str, dict[str, JointDifference]] = {task: {} for task in baseline_of}
    mean: dict[str, JointDifference] = {}
    for metric, difference in _DIFFERENCES.items():
        with np.errstate(divide="ignore", invalid="ignore"):  # a baseline may have a loss of 0
            found = {
                task: difference(values[variant, task, metric], values[other, task, metric])
                for task, other in baseline_of.items()
                if (variant, task, metric) in values and (other, task, metric) in values
            }
        differences = {task: value for task, value in found.items() if np.isfinite(value.of_rows_R[0])}
        for task, value in differences.items():
            tasks[task][metric] = _joined(value, metric, clusters, confidences[0])
        if differences:
            mean[metric] = _joined(_mean(list(differences.values())), metric, clusters, confidences[1])
    return Contrast(variant=variant, baseline=baseline, tasks=tasks, mean=mean)


def _mean(values: Sequence[_Value]) -> _Value:
    """Over tasks, which see the same draws and seeds."""
    return _Value(
        np.mean([one.of_rows_R for one in values], axis=0), np.mean([one.by_seed_S for one in values], axis=0)
    )


def _joined(value: _Value, metric: str, clusters: int, confidence: float) -> JointDifference:
    low, high = percentile_interval(value.of_rows_R[1:], confidence) or (None, None)
    rows = Interval(mean=float(value.of_rows_R[0]), low=low, high=high)
    return joint_difference(rows, value.by_seed_S.tolist(), metric=metric, clusters=clusters, confidence=confidence)
