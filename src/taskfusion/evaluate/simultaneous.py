"""Intervals that hold together, for many ratios of sums over the same clusters, and a test of whether some are alike.

Every statistic is put on a scale on which it is nearly normal, and every draw of the bootstrap is studentised by the
standard error that the draw itself gives (bootstrap-t: Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
chapter 12). The largest of all studentised deviations then says how wide intervals must be that hold together (max-t:
Westfall and Young, Resampling-Based Multiple Testing, 1993). Standard errors are those of the linear part, summed over
whole clusters, since rows of one user are alike.

Axes: G clusters, R resamples, S statistics, N ratios of a statistic.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from taskfusion.evaluate.bootstrap import Ratios
from taskfusion.evaluate.rows import Floats

MOST_CLUSTERS: Final = 4096
"""More clusters are joined at random into as many bags; a standard error then varies by 1 %."""

_LEAST_COUNTED: Final = 10
"""Draws beyond a statistic from which they are counted; a p-value of fewer is read off a fitted distribution."""

Counts = npt.NDArray[np.float32]
Scale = Literal["log", "logit", "plain"]


@dataclass(frozen=True)
class Root:
    """A statistic of clusters, and the scale on which it is nearly normal."""

    ratios: Ratios
    scale: Scale


@dataclass(frozen=True)
class Studentised:
    """S statistics with their draws.

    Args:
        scales: of each.
        value_S: on its scale; NaN where it has none, as the logarithm of 0.
        error_S: standard errors of that; NaN where there is none.
        change_RS: value of a draw minus the value; NaN where it has none.
        error_RS: standard errors of the draws.
    """

    scales: tuple[Scale, ...]
    value_S: Floats
    error_S: Floats
    change_RS: Floats
    error_RS: Floats

    @property
    def values(self) -> list[float]:
        """The statistics as they are read."""
        return [float(_INVERSES[scale](value)) for scale, value in zip(self.scales, self.value_S, strict=True)]

    @classmethod
    def joined(cls, parts: Sequence["Studentised"]) -> "Studentised":
        """The statistics of all parts, in order; at least one part."""
        return cls(
            tuple(scale for part in parts for scale in part.scales),
            np.concatenate([part.value_S for part in parts]),
            np.concatenate([part.error_S for part in parts]),
            np.concatenate([part.change_RS for part in parts], axis=1),
            np.concatenate([part.error_RS for part in parts], axis=1),
        )

    def only(self, places: Sequence[int]) -> "Studentised":
        """Some of them, in this order."""
        at = list(places)
        return Studentised(
            tuple(self.scales[place] for place in at),
            self.value_S[at],
            self.error_S[at],
            self.change_RS[:, at],
            self.error_RS[:, at],
        )


def bags(clusters: int, seed: int) -> npt.NDArray[np.int64]:
    """The bag [G] of every cluster: its own where there are at most 4,096, else one of so many at random."""
    if clusters <= MOST_CLUSTERS:
        return np.arange(clusters)
    return np.random.default_rng(seed).permutation(clusters) % MOST_CLUSTERS


def draw_counts(clusters: int, *, resamples: int, seed: int) -> Counts:
    """How often [G, R] each cluster is drawn, where as many as there are are drawn with replacement; in 32 bits, which
    hold such counts exactly, and sums over clusters to more digits than draws are good for.
    """
    generator = np.random.default_rng(seed)
    drawn_RG = generator.integers(clusters, size=(resamples, clusters))
    drawn_RG += np.arange(resamples)[:, None] * clusters
    count_RG = np.bincount(drawn_RG.ravel(), minlength=resamples * clusters).reshape(resamples, clusters)
    return np.ascontiguousarray(count_RG.T, dtype=np.float32)


def studentise(blocks: Sequence[Sequence[Root]], count_GR: Counts) -> Studentised:
    """Values, draws and their standard errors, of the statistics of all blocks in order.

    Args:
        blocks: statistics that have their clusters in common, as those of one segment; at least one in all.
        count_GR: how often each cluster is drawn.
    """
    return Studentised.joined([_block(block, count_GR) for block in blocks if block])


def intervals(found: Studentised, confidence: float) -> list[tuple[float, float] | None]:
    """Ends of the S intervals that hold together, as the statistics are read; None where one has no standard error.

    Args:
        found: the statistics that shall hold together.
        confidence: that all hold, 0..1.
    """
    usable_S = np.isfinite(found.value_S) & (found.error_S > 0)
    if not usable_S.any():
        return [None] * len(found.scales)
    with np.errstate(divide="ignore", invalid="ignore"):
        root_RS = np.abs(found.change_RS / found.error_RS)[:, usable_S]
    largest_R = np.where(np.isfinite(root_RS), root_RS, 0.0).max(axis=1)
    half_S = float(np.quantile(largest_R, confidence)) * found.error_S
    return [
        (float(_INVERSES[scale](value - half)), float(_INVERSES[scale](value + half))) if usable else None
        for scale, value, half, usable in zip(found.scales, found.value_S, half_S, usable_S, strict=True)
    ]


def homogeneity(found: Studentised) -> float | None:
    """p-value of statistics as unlike as these where they are all alike; None where fewer than two have an error.

    Cochran's Q (Biometrics 1954), the sum of squared deviations from the mean over squared standard errors, weighted by
    them; its distribution is that of the draws, each about the values at hand and with its own standard errors. A tail
    of too few draws is that of the scaled chi-square distribution with their mean and variance.
    """
    usable_S = np.isfinite(found.value_S) & (found.error_S > 0)
    if usable_S.sum() < 2:
        return None
    own = float(_cochran(found.value_S[None, usable_S], found.error_S[None, usable_S])[0])
    drawn_R = _cochran(found.change_RS[:, usable_S], found.error_RS[:, usable_S])
    drawn_R = drawn_R[np.isfinite(drawn_R)]
    if len(drawn_R) < _LEAST_COUNTED:
        return None
    beyond = int((drawn_R >= own).sum())
    if beyond >= _LEAST_COUNTED:
        return (beyond + 1) / (len(drawn_R) + 1)
    scale = float(drawn_R.var() / (2 * drawn_R.mean()))
    fitted = float(chi2.sf(own / scale, drawn_R.mean() / scale))
    return min(fitted, (_LEAST_COUNTED + 1) / (len(drawn_R) + 1))


def _cochran(value_RS: Floats, error_RS: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        weight_RS = 1 / error_RS**2
        mean_R = (weight_RS * value_RS).sum(axis=1, keepdims=True) / weight_RS.sum(axis=1, keepdims=True)
        q_R: Floats = (weight_RS * (value_RS - mean_R) ** 2).sum(axis=1)
    return q_R


def _block(block: Sequence[Root], count_GR: Counts) -> Studentised:
    """One matrix product gives the sums of all draws: of what clusters add to each ratio, and of squares of that."""
    all_G = np.concatenate([np.hstack([one.ratios.numerator_GN, one.ratios.denominator_GN]) for one in block], axis=1)
    there_G = np.flatnonzero(all_G.any(axis=1))
    drawn_GR = count_GR[there_G] if len(there_G) < len(count_GR) // 2 else count_GR
    kept = there_G if len(there_G) < len(count_GR) // 2 else np.arange(len(count_GR))
    centred = [_centred(one.ratios, kept) for one in block]
    added_GM = np.concatenate([columns for columns, _ in centred], axis=1)
    once_M = added_GM.sum(axis=0)
    sums_MR = (added_GM.astype(np.float32).T @ drawn_GR).astype(np.float64)
    found, first = [], 0
    for root, (columns, ratio_N) in zip(block, centred, strict=True):
        last = first + columns.shape[1]
        value, error = _value(root, ratio_N, once_M[first:last, None])
        value_R, error_R = _value(root, ratio_N, sums_MR[first:last])
        found.append((value[0], error[0], value_R - value[0], error_R))
        first = last
    values, errors, changes, errors_R = zip(*found, strict=True)
    return Studentised(
        tuple(root.scale for root in block),
        np.array(values),
        np.array(errors),
        np.stack(changes, axis=1),
        np.stack(errors_R, axis=1),
    )


def _centred(ratios: Ratios, kept_G: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """What clusters add [G, 2 N + products of pairs], and the ratios [N] of all clusters.

    Upper sums are taken about the ratio, so that their squares, which are small, lose no digits.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio_N = ratios.numerator_GN.sum(axis=0) / ratios.denominator_GN.sum(axis=0)
    lower = ratios.denominator_GN[kept_G]
    part_GP = np.hstack([ratios.numerator_GN[kept_G] - ratio_N * lower, lower])
    first, second = np.triu_indices(part_GP.shape[1])
    return np.hstack([part_GP, part_GP[:, first] * part_GP[:, second]]), ratio_N


def _value(root: Root, ratio_N: Floats, sums_MR: Floats) -> tuple[Floats, Floats]:
    """Value [R] and standard error [R] of sums [M, R] of what _centred gives."""
    terms = len(ratio_N)
    upper_NR, lower_NR, squares = sums_MR[:terms], sums_MR[terms : 2 * terms], sums_MR[2 * terms :]
    with np.errstate(divide="ignore", invalid="ignore"):
        change_NR = upper_NR / lower_NR
        plain_R = ratio_N.sum() + root.ratios.offset + change_NR.sum(axis=0)
        gradient_PR = np.concatenate([1 / lower_NR, -change_NR / lower_NR])
        first, second = np.triu_indices(2 * terms)
        twice = np.where(first == second, 1.0, 2.0)[:, None]
        variance_R = (twice * squares * gradient_PR[first] * gradient_PR[second]).sum(axis=0)
        value_R = _SCALES[root.scale](plain_R)
        error_R = np.sqrt(np.maximum(variance_R, 0)) * _SLOPES[root.scale](plain_R)
    return np.where(np.isfinite(value_R), value_R, np.nan), error_R


_SCALES: Final[Mapping[Scale, Callable[[Floats], Floats]]] = {
    "log": np.log,
    "logit": lambda value: np.log(value) - np.log1p(-value),
    "plain": lambda value: value,
}
_SLOPES: Final[Mapping[Scale, Callable[[Floats], Floats]]] = {
    "log": lambda value: 1 / value,
    "logit": lambda value: 1 / (value * (1 - value)),
    "plain": np.ones_like,
}
_INVERSES: Final[Mapping[Scale, Callable[[float], float]]] = {
    "log": lambda value: float(np.exp(value)),
    "logit": lambda value: float(1 / (1 + np.exp(-value))),
    "plain": lambda value: value,
}
