"""Ranking and calibration from score levels, by sorting: no loop over rows or groups.

A level is a set of rows that count as tied: the rows of one score, or of one score bin.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from taskfusion.evaluate.record import GroupCount, ReliabilityBin
from taskfusion.evaluate.rows import Array, Floats
from taskfusion.schema.schema import NO_GROUP

CALIBRATION_BINS = 20


@dataclass(frozen=True)
class Levels:
    """The rows of S score levels, lowest score first; every level has weight.

    Args:
        positive: [S], weight of the rows with label 1.
        negative: [S], weight of the rows with label 0.
        predicted: [S], sum of weight times prediction.
        squared: [S], sum of squared weights.
    """

    positive: Floats
    negative: Floats
    predicted: Floats
    squared: Floats


def exact_levels(score_B: npt.NDArray[np.float32], signed_weight_B: npt.NDArray[np.float32]) -> Levels:
    """One level for each distinct score; the weight of a row with label 0 is given as a negative number."""
    order_B = np.argsort(score_B)
    score_B, signed_weight_B = score_B[order_B], signed_weight_B[order_B]
    del order_B
    starts_S = _run_starts(score_B)
    positive_S, negative_S = _class_weights(signed_weight_B, starts_S)
    return Levels(
        positive=positive_S,
        negative=negative_S,
        predicted=score_B[starts_S] * (positive_S + negative_S),
        squared=np.add.reduceat(np.square(signed_weight_B, dtype=np.float64), starts_S),
    )


def area_under_curve(levels: Levels) -> float:
    """AUC, ties counting half; both classes must occur."""
    positive_S, negative_S = levels.positive, levels.negative
    below_S = np.cumsum(negative_S) - negative_S
    won = np.sum(positive_S * (below_S + negative_S / 2))
    return float(won / (positive_S.sum() * negative_S.sum()))


def auc_of(score_B: Array, is_positive_B: npt.NDArray[np.bool_]) -> float:
    """AUC of scores of rows of two sorts that weigh alike; some of either sort."""
    return area_under_curve(exact_levels(score_B.astype(np.float32), np.where(is_positive_B, 1, -1).astype(np.float32)))


def placements(score_B: npt.NDArray[np.float32], signed_weight_B: npt.NDArray[np.float32]) -> Floats:
    """Share [B] of the other class that a row is on the right side of, ties counting half; both classes must occur.

    The weighted mean over the positive rows is AUC, and so is that over the negative rows: these are the structural
    components of AUC (DeLong, DeLong, Clarke-Pearson, Biometrics 1988). The weight of a row with label 0 is given as
    a negative number.
    """
    order_B = np.argsort(score_B)
    starts_S = _run_starts(score_B[order_B])
    positive_S, negative_S = _class_weights(signed_weight_B[order_B], starts_S)
    below_S = (np.cumsum(negative_S) - negative_S / 2) / negative_S.sum()
    above_S = 1 - (np.cumsum(positive_S) - positive_S / 2) / positive_S.sum()
    size_S = np.diff(starts_S, append=len(order_B))
    placement_B = np.empty(len(score_B))
    placement_B[order_B] = np.where(
        signed_weight_B[order_B] > 0, np.repeat(below_S, size_S), np.repeat(above_S, size_S)
    )
    return placement_B


@dataclass(frozen=True)
class GroupedRanking:
    """AUC inside each of the U groups that have both classes.

    Args:
        group: [U], ids in ascending order.
        auc: [U].
        weight: [U], row weight.
        dropped: number of the other groups.
    """

    group: npt.NDArray[np.int64]
    auc: Floats
    weight: Floats
    dropped: int


def grouped_auc(
    score_B: npt.NDArray[np.float32],
    signed_weight_B: npt.NDArray[np.float32],
    group_B: npt.NDArray[np.int64],
) -> tuple[float | None, GroupCount]:
    """AUC inside each group, averaged with the groups' weight over those with both classes.

    Returns:
        the average (None where no group has both classes), and how many groups it covers.
    """
    found = auc_by_group(score_B, signed_weight_B, group_B)
    count = GroupCount(used=len(found.auc), dropped=found.dropped)
    return (float(np.average(found.auc, weights=found.weight)) if count.used else None), count


def auc_by_group(
    score_B: npt.NDArray[np.float32],
    signed_weight_B: npt.NDArray[np.float32],
    group_B: npt.NDArray[np.int64],
) -> GroupedRanking:
    """AUC of each group with both classes.

    The score sort sees only rows of groups that count, which are few where positives are rare. Rows of NO_GROUP are
    left out.
    """
    grouped_B = group_B != NO_GROUP
    if not grouped_B.all():
        score_B, signed_weight_B, group_B = score_B[grouped_B], signed_weight_B[grouped_B], group_B[grouped_B]
    order_B = np.argsort(group_B)
    starts_G = _run_starts(group_B[order_B])
    positive_G, negative_G = _class_weights(signed_weight_B[order_B], starts_G)
    both_G = (positive_G > 0) & (negative_G > 0)
    used, dropped = int(both_G.sum()), int((~both_G).sum())
    if used == 0:
        return GroupedRanking(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), dropped)

    # From here on, only the rows K of the groups U that count.
    size_G = np.diff(starts_G, append=len(order_B))
    group_U = group_B[order_B[starts_G[both_G]]]
    rows_K = order_B[np.repeat(both_G, size_G)]
    del order_B
    group_K = np.repeat(np.arange(used, dtype=np.int32), size_G[both_G])
    score_K = score_B[rows_K]
    order_K = np.lexsort((score_K, group_K))  # keeps group_K, which is sorted, as it is
    starts_S = _run_starts(score_K[order_K], group_K)
    positive_S, negative_S = _class_weights(signed_weight_B[rows_K[order_K]], starts_S)
    del rows_K, order_K, score_K
    starts_U = _run_starts(group_K[starts_S])

    below_S = np.cumsum(negative_S) - negative_S
    below_S -= np.repeat(below_S[starts_U], np.diff(starts_U, append=len(starts_S)))
    won_U = np.add.reduceat(positive_S * (below_S + negative_S / 2), starts_U)
    positive_U, negative_U = positive_G[both_G], negative_G[both_G]
    return GroupedRanking(group_U, won_U / (positive_U * negative_U), positive_U + negative_U, dropped)


def reliability_bins(levels: Levels) -> list[ReliabilityBin]:
    """Observed against predicted in 20 bins of equal weight, with the 95 % Wilson interval of the observed rate.

    A level falls whole into the bin that holds its middle, so ties stay together and bins may be fewer.
    The interval takes Kish's effective count, (sum w)^2 / sum w^2, for the number of rows.
    """
    weight_S = levels.positive + levels.negative
    middle_S = np.cumsum(weight_S) - weight_S / 2
    bin_S = np.minimum(middle_S / weight_S.sum() * CALIBRATION_BINS, CALIBRATION_BINS - 1).astype(np.int64)
    starts_N = _run_starts(bin_S)
    weight_N = np.add.reduceat(weight_S, starts_N)
    predicted_N = np.add.reduceat(levels.predicted, starts_N) / weight_N
    observed_N = np.add.reduceat(levels.positive, starts_N) / weight_N
    low_N, high_N = wilson_interval(observed_N, weight_N**2 / np.add.reduceat(levels.squared, starts_N))
    table = np.stack([predicted_N, observed_N, weight_N, low_N, high_N], axis=1).tolist()
    return [
        ReliabilityBin(predicted=predicted, observed=observed, weight=weight, low=low, high=high)
        for predicted, observed, weight, low, high in table
    ]


def calibration_error(bins: list[ReliabilityBin]) -> float:
    """ECE: mean gap between the observed and the predicted rate of the bins, by their weight."""
    gap = sum(b.weight * abs(b.observed - b.predicted) for b in bins)
    return gap / sum(b.weight for b in bins)


def wilson_interval(rate_N: Floats, count_N: Floats) -> tuple[Floats, Floats]:
    """The 95 % interval of rates seen in so many rows (Wilson, JASA 1927)."""
    z = NormalDist().inv_cdf(0.975)
    shrink_N = 1 + z**2 / count_N
    centre_N = (rate_N + z**2 / (2 * count_N)) / shrink_N
    half_N = z * np.sqrt(rate_N * (1 - rate_N) / count_N + (z / (2 * count_N)) ** 2) / shrink_N
    return np.maximum(centre_N - half_N, 0.0), np.minimum(centre_N + half_N, 1.0)


def _run_starts(*sorted_keys: Array) -> npt.NDArray[np.int64]:
    """Where rows [B] differ from the row before in some key; the first row is a start."""
    changes = np.zeros(len(sorted_keys[0]), dtype=np.bool_)
    changes[:1] = True
    for key_B in sorted_keys:
        changes[1:] |= key_B[1:] != key_B[:-1]
    return np.flatnonzero(changes)


def _class_weights(signed_weight_B: npt.NDArray[np.float32], starts_S: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Weight of the rows with label 1 and of those with label 0, of each run."""
    positive_S = np.add.reduceat(np.maximum(signed_weight_B, 0), starts_S, dtype=np.float64)
    negative_S = np.add.reduceat(np.maximum(-signed_weight_B, 0), starts_S, dtype=np.float64)
    return positive_S, negative_S
