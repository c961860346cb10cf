"""Contestants against rivals on the same test rows: differences with bootstrap intervals over users, or over rows.

The losses of a contestant are averaged over its seeds before rows are drawn: these intervals speak of other test rows,
where those of evaluate.comparison speak of other seeds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypedDict

import numpy as np

from taskfusion.evaluate.bootstrap import Ratios, percentile_interval, resample
from taskfusion.evaluate.comparison import Difference, Interval, verdict_of
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.rows import Floats
from taskfusion.evaluate.statistic import STATISTICS, JudgedRows, Predictions

BETTER_RIVAL: Final = "better rival"
"""The rival that did better on the validation rows, task by task."""

RESAMPLES: Final = 2000


class Contrast(TypedDict):
    """One contestant against another, most often a rival.

    tasks: by task and metric; of relative_loss in percent of the rival's, of the other metrics plain differences.
    mean: by metric, over the tasks that have it.
    """

    variant: str
    rival: str
    tasks: dict[str, dict[str, Difference]]
    mean: dict[str, Difference]


class Evidence(TypedDict):
    """All contestants against all rivals.

    clusters: how many groups were drawn from, or rows where grouped is false.
    better_rival: by task; empty where there are fewer than two rivals.
    between: the first contestant that is no rival against each other one that is none.
    """

    clusters: int
    grouped: bool
    resamples: int
    confidence: float
    better_rival: dict[str, str]
    contrasts: list[Contrast]
    between: list[Contrast]


_DIFFERENCES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    LEAD_METRIC: lambda own, other: 100 * (own / other - 1),
    "auc": lambda own, other: own - other,
    "gauc": lambda own, other: own - other,
}
"""Of values [R] of contestant and rival. Losses over the same entropy have the ratio that the losses have."""

_Values = Mapping[tuple[str, str, str], Floats]
"""Values [1 + R] by variant, task and metric: of all rows, then of the resamples."""


def evidence(
    rows: Sequence[JudgedRows],
    variants: Sequence[str],
    predictions: Callable[[str, int], Predictions],
    *,
    rivals: Sequence[str],
    better_rival: Mapping[str, str],
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
    seed: int = 0,
) -> Evidence:
    """Compare every variant with every rival, and where better_rival names tasks all but the rivals with that; then
    the first variant that is no rival with all others that are none.

    Args:
        rows: one a task, all of the same rows and clusters.
        variants: the contestants, rivals among them; the first that is none is held against the others.
        predictions: of a variant for the task of a place in rows; asked for once each.
        rivals: variants compared with.
        better_rival: by task, the rival that the validation rows chose.
        resamples: draws of the bootstrap.
        confidence: of the intervals, 0..1.
        seed: of the draws; all tasks and contestants see the same ones.
    """
    values = _resampled(rows, variants, predictions, resamples, seed)
    tasks = [one.task.name for one in rows]
    own = [variant for variant in variants if variant not in rivals]
    of_other = {variant: dict.fromkeys(tasks, variant) for variant in variants}
    pairs = [(variant, rival) for variant in variants for rival in rivals if variant != rival]
    if better_rival:
        of_other[BETTER_RIVAL] = dict(better_rival)
        pairs += [(variant, BETTER_RIVAL) for variant in own]

    def contrasts(chosen: Sequence[tuple[str, str]]) -> list[Contrast]:
        return [_contrast(variant, other, of_other[other], values, confidence) for variant, other in chosen]

    return {
        "clusters": rows[0].num_clusters,
        "grouped": rows[0].grouped,
        "resamples": resamples,
        "confidence": confidence,
        "better_rival": dict(better_rival),
        "contrasts": contrasts(pairs),
        "between": contrasts([(own[0], other) for other in own[1:]]),
    }


def _resampled(
    rows: Sequence[JudgedRows],
    variants: Sequence[str],
    predictions: Callable[[str, int], Predictions],
    resamples: int,
    seed: int,
) -> _Values:
    found: dict[tuple[str, str, str], Ratios] = {}
    for variant in variants:
        for place, judged in enumerate(rows):
            if not len(judged.label_K):
                continue
            of_task = predictions(variant, place)
            for metric, statistic in STATISTICS[judged.task.kind].items():
                ratios = statistic(judged, of_task)
                if ratios is not None:
                    found[variant, judged.task.name, metric] = ratios
    if not found:
        return {}
    value_RS = resample(list(found.values()), resamples=resamples, seed=seed)
    return {
        key: np.concatenate([[ratios.value], value_R])
        for (key, ratios), value_R in zip(found.items(), value_RS.T, strict=True)
    }


def _contrast(variant: str, rival: str, rival_of: Mapping[str, str], values: _Values, confidence: float) -> Contrast:
    tasks: dict[str, dict[str, Difference]] = {task: {} for task in rival_of}
    mean: dict[str, Difference] = {}
    for metric, difference in _DIFFERENCES.items():
        with np.errstate(divide="ignore", invalid="ignore"):  # a rival may have a loss of 0
            found = {
                task: difference(values[variant, task, metric], values[other, task, metric])
                for task, other in rival_of.items()
                if (variant, task, metric) in values and (other, task, metric) in values
            }
        differences = {task: value for task, value in found.items() if np.isfinite(value[0])}
        for task, value in differences.items():
            tasks[task][metric] = _difference(value, metric, confidence)
        if differences:
            mean[metric] = _difference(np.mean(list(differences.values()), axis=0), metric, confidence)
    return {"variant": variant, "rival": rival, "tasks": tasks, "mean": mean}


def _difference(value: Floats, metric: str, confidence: float) -> Difference:
    low, high = percentile_interval(value[1:], confidence) or (None, None)
    interval: Interval = {"mean": float(value[0]), "low": low, "high": high}
    return {**interval, "verdict": verdict_of(interval, metric)}
