"""Metrics of a method as ratios of sums over clusters, averaged over its seeds: what the bootstrap resamples.

Axes: B rows, K rows with a known label, G clusters, C classes, S seeds, N groups with both classes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from taskfusion.evaluate.bootstrap import Ratios
from taskfusion.evaluate.ranking import auc_by_group, placements
from taskfusion.evaluate.rows import Array, Floats, require_finite_prediction
from taskfusion.schema.schema import NO_GROUP
from taskfusion.schema.task.table import Task, kind_of


@dataclass(frozen=True)
class LabelledRows:
    """The rows with a known label of one task, and the cluster of each.

    Args:
        task: the task.
        known_B: which rows of the table they are.
        label_K: their labels.
        weight_K: their weights, > 0.
        cluster_K: numbers 0..G-1.
        num_clusters: G.
        grouped: whether a cluster is a group whose rows are ranked against each other.
    """

    task: Task
    known_B: npt.NDArray[np.bool_]
    label_K: Floats
    weight_K: Floats
    cluster_K: npt.NDArray[np.int64]
    num_clusters: int
    grouped: bool

    def prediction(self, prediction: Array) -> Floats:
        """Predictions [K] or [K, C] of the known rows of [B] or [B, C].

        Raises:
            DataError: one is not finite.
        """
        known: Floats = prediction[self.known_B].astype(np.float64)
        require_finite_prediction(self.task, known)
        return known

    def signed_weight(self) -> npt.NDArray[np.float32]:
        """Weight of a row with label 1, minus the weight of one with label 0, [K]."""
        return np.where(self.label_K > 0, self.weight_K, -self.weight_K).astype(np.float32)

    def sums(self, value_K: Floats) -> Floats:
        """Sums [G] over the rows of each cluster."""
        sums: Floats = np.bincount(self.cluster_K, weights=value_K, minlength=self.num_clusters).astype(np.float64)
        return sums


def labelled_rows(
    task: Task, label_B: Array, weight_B: Array, cluster_B: npt.NDArray[np.int64], num_clusters: int, *, grouped: bool
) -> LabelledRows:
    """The rows of a table that count for a task.

    Args:
        task: the task.
        label_B: anything where the weight is 0.
        weight_B: sample weight; 0: the label is unknown.
        cluster_B: numbers 0..G-1.
        num_clusters: G.
        grouped: whether a cluster is a group whose rows are ranked against each other.
    """
    known_B = weight_B > 0
    return LabelledRows(
        task,
        known_B,
        label_B[known_B].astype(np.float64),
        weight_B[known_B].astype(np.float64),
        cluster_B[known_B],
        num_clusters,
        grouped,
    )


def row_clusters(num_rows: int, group_B: Array | None) -> tuple[npt.NDArray[np.int64], int]:
    """Numbers [B] from 0 of the groups of rows, and how many there are; a row that is in none is its own.

    Args:
        num_rows: B.
        group_B: ids of groups; None: there are none.
    """
    row_B = np.arange(num_rows)
    groups, cluster_B = np.unique(
        row_B if group_B is None else np.where(group_B == NO_GROUP, row_B, group_B), return_inverse=True
    )
    return cluster_B.astype(np.int64), len(groups)


LEAST_LABELS: Final = 30
"""Of yes and of no, or of all where a label is a number, below which nothing is said of a segment."""


def too_few_labels(task: Task, label_K: Array) -> bool:
    """Whether known labels are too few to judge a model on."""
    if not kind_of(task).has_positives:
        return len(label_K) < LEAST_LABELS
    positives = int((label_K > 0).sum())
    return min(positives, len(label_K) - positives) < LEAST_LABELS


Predictions = Sequence[Array]
"""Of one method for one task, one array per seed: [B], or [B, C] where a label is one of several values."""


@dataclass(frozen=True)
class Measured:
    """A metric of one method for one task.

    Args:
        ratios: the metric averaged over seeds, as sums that can be resampled.
        by_seed_S: the metric of every seed; their mean is the value of the ratios.
    """

    ratios: Ratios
    by_seed_S: Floats


def mean_loss(rows: LabelledRows, predictions: Predictions) -> Measured:
    """Weighted mean loss of a row."""
    row_loss = kind_of(rows.task).row_loss
    loss_SK = np.stack([row_loss(rows.task, rows.prediction(found), rows.label_K) for found in predictions])
    ratios = Ratios(rows.sums(rows.weight_K * loss_SK.mean(axis=0))[:, None], rows.sums(rows.weight_K)[:, None])
    return Measured(ratios, loss_SK @ rows.weight_K / rows.weight_K.sum())


def area_under_curve(rows: LabelledRows, predictions: Predictions) -> Measured | None:
    """AUC; None where a class is missing.

    To first order, through its structural components (DeLong, DeLong, Clarke-Pearson, Biometrics 1988; with clusters:
    Obuchowski, Biometrics 1997): the value is exact, that of a resample up to one over the number of clusters.
    """
    signed_weight_K = rows.signed_weight()
    positive_K = signed_weight_K > 0
    if positive_K.all() or not positive_K.any():
        return None
    scores = [rows.prediction(found).astype(np.float32) for found in predictions]
    placement_SK = np.stack([placements(score_K, signed_weight_K) for score_K in scores])
    weights = [rows.weight_K * positive_K, rows.weight_K * ~positive_K]
    numerator_GN = np.stack([rows.sums(weight_K * placement_SK.mean(axis=0)) for weight_K in weights], axis=1)
    denominator_GN = np.stack([rows.sums(weight_K) for weight_K in weights], axis=1)
    ratios = Ratios(numerator_GN, denominator_GN, offset=-Ratios(numerator_GN, denominator_GN).value / 2)
    return Measured(ratios, placement_SK @ weights[0] / weights[0].sum())


def grouped_area_under_curve(rows: LabelledRows, predictions: Predictions) -> Measured | None:
    """GAUC; None where clusters are no groups, or no group has both classes."""
    if not rows.grouped:
        return None
    signed_weight_K = rows.signed_weight()
    scores = [rows.prediction(found).astype(np.float32) for found in predictions]
    found = [auc_by_group(score_K, signed_weight_K, rows.cluster_K) for score_K in scores]
    if not len(found[0].auc):
        return None
    numerator_G, denominator_G = np.zeros(rows.num_clusters), np.zeros(rows.num_clusters)
    auc_SN, weight_N = np.stack([one.auc for one in found]), found[0].weight
    numerator_G[found[0].group] = weight_N * auc_SN.mean(axis=0)
    denominator_G[found[0].group] = weight_N
    return Measured(Ratios(numerator_G[:, None], denominator_G[:, None]), auc_SN @ weight_N / weight_N.sum())


Statistic = Callable[[LabelledRows, Predictions], Measured | None]

STATISTICS: Mapping[str, Statistic] = {
    "relative_loss": mean_loss,
    "auc": area_under_curve,
    "gauc": grouped_area_under_curve,
}
"""By metric; a kind of task names those that it has. What relative_loss divides the mean loss by is the same for all
methods."""
