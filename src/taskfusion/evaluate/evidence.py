"""Methods against baselines on the same test rows: differences with bootstrap intervals over users, or over rows.

The losses of a method are averaged over its seeds before rows are drawn: these intervals speak of other test rows,
where those of evaluate.comparison speak of other seeds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from pydantic import Field

from taskfusion.base.record import Record
from taskfusion.evaluate.bootstrap import Ratios, percentile_interval, resample
from taskfusion.evaluate.comparison import Difference, Interval, with_verdict
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.rows import Floats
from taskfusion.evaluate.statistic import STATISTICS, LabelledRows, Predictions
from taskfusion.schema.task.table import kind_of

BETTER_BASELINE: Final = "better baseline"
"""The baseline that did better on the validation rows, task by task."""

RESAMPLES: Final = 2000


class Contrast(Record):
    """One method against another, most often a baseline."""

    variant: str = Field(description="Name of the method.")
    baseline: str = Field(description="What it is compared with.")
    tasks: dict[str, dict[str, Difference]] = Field(
        description="By task and metric: of relative_loss in percent of the baseline's, of others plain differences."
    )
    mean: dict[str, Difference] = Field(description="By metric, over the tasks that have it.")


class Evidence(Record):
    """All methods against all baselines."""

    clusters: int = Field(description="Groups that were drawn from, or rows where grouped is false.")
    grouped: bool = Field(description="Whether groups were drawn rather than rows.")
    resamples: int = Field(description="Draws of the bootstrap.")
    confidence: float = Field(gt=0, lt=1, description="Of the intervals.")
    better_baseline: dict[str, str] = Field(
        description="By task, the baseline that did better on validation rows; empty with fewer than two baselines."
    )
    contrasts: tuple[Contrast, ...] = Field(description="Methods against baselines.")
    between: tuple[Contrast, ...] = Field(
        description="The first method that is no baseline against each other one that is none."
    )


_DIFFERENCES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    LEAD_METRIC: lambda own, other: 100 * (own / other - 1),
    "auc": lambda own, other: own - other,
    "gauc": lambda own, other: own - other,
}
"""Of values [R] of method and baseline. Losses over the same entropy have the ratio that the losses have."""

_Values = Mapping[tuple[str, str, str], Floats]
"""Values [1 + R] by variant, task and metric: of all rows, then of the resamples."""


def evidence(
    rows: Sequence[LabelledRows],
    variants: Sequence[str],
    predictions: Callable[[str, int], Predictions],
    *,
    baselines: Sequence[str],
    better_baseline: Mapping[str, str],
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
    seed: int = 0,
) -> Evidence:
    """Compare every variant with every baseline and, where better_baseline names tasks, all other variants with that;
    then the first variant that is no baseline with all others that are none.

    Args:
        rows: one per task, all of the same rows and clusters.
        variants: the methods, baselines among them; the first that is none is compared with the others.
        predictions: of a variant for the task of a place in rows; asked for once each.
        baselines: variants compared with.
        better_baseline: by task, the baseline that the validation rows chose.
        resamples: draws of the bootstrap.
        confidence: of the intervals, 0..1.
        seed: of the draws; all tasks and methods see the same ones.
    """
    values = _resampled(rows, variants, predictions, resamples, seed)
    tasks = [one.task.name for one in rows]
    own = [variant for variant in variants if variant not in baselines]
    of_other = {variant: dict.fromkeys(tasks, variant) for variant in variants}
    pairs = [(variant, baseline) for variant in variants for baseline in baselines if variant != baseline]
    if better_baseline:
        of_other[BETTER_BASELINE] = dict(better_baseline)
        pairs += [(variant, BETTER_BASELINE) for variant in own]

    def contrasts(chosen: Sequence[tuple[str, str]]) -> tuple[Contrast, ...]:
        return tuple(_contrast(variant, other, of_other[other], values, confidence) for variant, other in chosen)

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
    found: dict[tuple[str, str, str], Ratios] = {}
    for variant in variants:
        for place, labelled in enumerate(rows):
            if not len(labelled.label_K):
                continue
            of_task = predictions(variant, place)
            for metric in kind_of(labelled.task).statistics:
                ratios = STATISTICS[metric](labelled, of_task)
                if ratios is not None:
                    found[variant, labelled.task.name, metric] = ratios
    if not found:
        return {}
    value_RS = resample(list(found.values()), resamples=resamples, seed=seed)
    return {
        key: np.concatenate([[ratios.value], value_R])
        for (key, ratios), value_R in zip(found.items(), value_RS.T, strict=True)
    }


def _contrast(
    variant: str, baseline: str, baseline_of: Mapping[str, str], values: _Values, confidence: float
) -> Contrast:
    tasks: dict[str, dict[str, Difference]] = {task: {} for task in baseline_of}
    mean: dict[str, Difference] = {}
    for metric, difference in _DIFFERENCES.items():
        with np.errstate(divide="ignore", invalid="ignore"):  # a baseline may have a loss of 0
            found = {
                task: difference(values[variant, task, metric], values[other, task, metric])
                for task, other in baseline_of.items()
                if (variant, task, metric) in values and (other, task, metric) in values
            }
        differences = {task: value for task, value in found.items() if np.isfinite(value[0])}
        for task, value in differences.items():
            tasks[task][metric] = _difference(value, metric, confidence)
        if differences:
            mean[metric] = _difference(np.mean(list(differences.values()), axis=0), metric, confidence)
    return Contrast(variant=variant, baseline=baseline, tasks=tasks, mean=mean)


def _difference(value: Floats, metric: str, confidence: float) -> Difference:
    low, high = percentile_interval(value[1:], confidence) or (None, None)
    return with_verdict(Interval(mean=float(value[0]), low=low, high=high), metric)
