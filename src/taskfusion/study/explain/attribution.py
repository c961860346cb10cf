"""Which columns of the table move each task's score, in models that differ in their seed alone, and whether shuffling
the columns says the same.

Axes: B rows, G groups of rows, S seeds, T tasks, F columns of the table.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from taskfusion.data.batch import Batch
from taskfusion.evaluate.bootstrap import Ratios, percentile_interval, resample
from taskfusion.evaluate.comparison import Interval, paired_interval
from taskfusion.evaluate.importance import FeatureImportance
from taskfusion.evaluate.ranks import mean_rank_correlation, rank_correlation
from taskfusion.evaluate.rows import Floats
from taskfusion.explain.attribution import Attributions, attribute, mean_input
from taskfusion.explain.gradient import network_alone
from taskfusion.explain.importance import columns_by_source, permutation_importance
from taskfusion.pipeline.importance import REPEATS
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.record.attribution import AttributionRecord, ColumnAttribution, TaskAttribution
from taskfusion.schema.task.table import Task, kind_of

MOST_ROWS: Final = 500
"""Rows that are attributed at the most, since each takes many passes."""

MOST_PERMUTED: Final = 5_000
"""Rows of the permutation importance at the most."""

_LEAST_PERMUTED: Final = 500
_MOST_PREDICTIONS: Final = 400_000
"""Of a model for all shuffles together, beyond which fewer rows are shuffled, but for _LEAST_PERMUTED."""

CONFIDENCE: Final = 0.95
RESAMPLES: Final = 1_000


def attribution_record(
    models: Sequence[TrainedModel], batch: Batch, cluster_B: npt.NDArray[np.int64], num_clusters: int
) -> AttributionRecord:
    """Mean sizes of the attributions of every column, and its permutation importance.

    Trees beside the networks are left out: what is explained is the networks' share.

    Args:
        models: of every seed; they encode rows alike.
        batch: rows with labels, over which the input has its mean.
        cluster_B: numbers 0..G-1 of the groups of the rows.
        num_clusters: G.
    """
    drawn = evenly(len(batch), MOST_ROWS)
    affordable = max(_LEAST_PERMUTED, _MOST_PREDICTIONS // (REPEATS * len(set(sources_of(models[0]).values()))))
    permuted = batch.rows(torch.from_numpy(evenly(len(batch), min(MOST_PERMUTED, affordable))))
    found, permutations = [], []
    for trained in models:
        sources = sources_of(trained)
        with network_alone(trained.model):
            start = mean_input(trained.model, batch)
            found.append(attribute(trained.model, batch.rows(torch.from_numpy(drawn)), start, sources))
            columns = columns_by_source(trained.encoder.layout, sources)
            tasks, seed = trained.experiment.tasks, trained.experiment.training.seed
            permutations.append(
                permutation_importance(trained.model, permuted, columns, tasks, repeats=REPEATS, seed=seed)
            )
    clusters = np.unique(cluster_B[drawn], return_inverse=True)[1]
    tasks = models[0].experiment.tasks
    return AttributionRecord(
        rows=len(drawn),
        permuted_rows=len(permuted),
        repeats=REPEATS,
        steps=max(one.steps for one in found),
        tasks=tuple(_task(task, index, found, permutations, clusters) for index, task in enumerate(tasks)),
    )


def evenly(num_rows: int, most: int) -> npt.NDArray[np.int64]:
    """Indices of so many rows at the most, evenly spread over all."""
    return np.linspace(0, num_rows - 1, min(most, num_rows)).astype(np.int64)


def sources_of(trained: TrainedModel) -> Mapping[str, str]:
    """By feature of a model, the column of the table that it reads."""
    return {feature.name: feature.source for feature in trained.experiment.features}


def _task(
    task: Task,
    index: int,
    found: Sequence[Attributions],
    permutations: Sequence[Sequence[FeatureImportance]],
    cluster_B: npt.NDArray[np.int64],
) -> TaskAttribution:
    size_SBF = np.stack([np.abs(one.value_BTF[:, index]) for one in found])
    by_seed_SF, names = size_SBF.mean(1), found[0].columns
    sizes = _sizes(size_SBF.mean(0), cluster_B)
    rises = [_permutation(name, task.name, permutations) for name in names]
    known = [(size.mean, rise.mean) for size, rise in zip(sizes, rises, strict=True) if rise is not None]
    return TaskAttribution(
        task=task.name,
        score=kind_of(task).score_title(task),
        completeness_error=max(float(one.errors[index]) for one in found),
        columns=tuple(
            ColumnAttribution(column=name, size=size, by_seed=tuple(by_seed_SF[:, place].tolist()), permutation=rise)
            for place, (name, size, rise) in enumerate(zip(names, sizes, rises, strict=True))
        ),
        permutation_rank=rank_correlation(*zip(*known, strict=True)) if known else None,
        seed_rank=mean_rank_correlation(by_seed_SF),
    )


def _sizes(size_BF: Floats, cluster_B: npt.NDArray[np.int64]) -> list[Interval]:
    """Means over rows with intervals of a bootstrap over groups."""
    rows_G1 = np.bincount(cluster_B).astype(np.float64)[:, None]
    sums = (np.bincount(cluster_B, weights=size_B).astype(np.float64) for size_B in size_BF.T)
    ratios = [Ratios(sum_G[:, None], rows_G1) for sum_G in sums]
    drawn_RF = resample(ratios, resamples=RESAMPLES, seed=0)
    ends = [percentile_interval(drawn_R, CONFIDENCE) or (None, None) for drawn_R in drawn_RF.T]
    return [Interval(mean=ratio.value, low=low, high=high) for ratio, (low, high) in zip(ratios, ends, strict=True)]


def _permutation(column: str, task: str, found: Sequence[Sequence[FeatureImportance]]) -> Interval | None:
    """The rise of a task's loss; of several seeds, their mean with an interval over seeds."""
    of_seeds = [one.tasks.get(task) for features in found for one in features if one.feature == column]
    known = [one for one in of_seeds if one is not None]
    if not known:
        return None
    return known[0] if len(known) == 1 else paired_interval([one.mean for one in known], CONFIDENCE)
