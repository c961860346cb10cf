"""A classifier of domains: which rows look like those of the target (Bickel, Brückner and Scheffer, JMLR 2009).

Axes: N rows, F folds, M columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.data.layout import InputLayout
from taskfusion.data.rows import EncodedRows
from taskfusion.trees.columns import Matrix, TreeColumns
from taskfusion.trees.encoding import ENCODINGS, fit_encoding
from taskfusion.trees.statistic import Floats, TrainingBlock, TrainingSums

Mask = npt.NDArray[np.bool_]
Groups = npt.NDArray[np.integer[Any]]

MOST_ROWS: Final = 200_000
"""Rows that are learned from, at random; the others are told by all classifiers together."""

CHANCE: Final = 3.0
"""Standard errors by which out-of-fold log loss has to be below that of the mean."""

_FOLDS: Final = 5
_ROUNDS: Final = 500
_PATIENCE: Final = 20
_SEED: Final = 0
_LEAST: Final = 1e-6
_PARAMETERS: Final[Mapping[str, Any]] = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_child_samples": 40,
    "deterministic": True,
    "force_col_wise": True,
    "verbose": -1,
    "seed": _SEED,
}


@dataclass(frozen=True)
class DomainChance:
    """What the classifiers say of rows.

    Args:
        chance_N: probability of the target, from classifiers that did not learn from the row.
        learned_N: rows that one of the classifiers learned from.
        gain_M: what each column lowered the loss by, over all classifiers.
    """

    chance_N: Floats
    learned_N: Mask
    gain_M: Floats


@dataclass(frozen=True)
class DomainRatio:
    """How alike rows are to those of the target.

    Args:
        ratio_N: density of the target over that of the source, given a row's features; 1 everywhere where the
            classifier is no better than chance.
        told: what the classifiers say.
        told_apart: whether log loss is below that of the mean by more than chance.
    """

    ratio_N: Floats
    told: DomainChance
    told_apart: bool


def domain_columns(layout: InputLayout, rows: EncodedRows) -> TreeColumns:
    """How the classifier sees features: ids by code and by how common they are, whatever the labels."""
    none_B, one_B = np.zeros(len(rows)), np.ones(len(rows))
    folds = np.zeros(len(rows), np.int64)
    block = TrainingBlock(rows, none_B, none_B, none_B[:, None], one_B, folds)
    sums = TrainingSums.of(layout, [block], 1)
    return fit_encoding(ENCODINGS["ordered"], layout, sums, folds).columns


def domain_chance(
    matrix_NM: Matrix,
    is_target_N: Mask,
    categories: Sequence[int],
    threads: int | None,
    group_N: Groups | None = None,
) -> DomainChance:
    """The probability that a row is of the target.

    Rows are told by classifiers that learned neither from them nor from their group. Log loss on such rows says how
    long to learn; a classifier that finds nothing therefore stays near the mean.

    Args:
        matrix_NM: the features.
        is_target_N: rows of the target; some of either sort.
        categories: columns without an order.
        threads: CPU threads; None: as LightGBM decides. The result does not depend on them.
        group_N: groups, such as users, whose rows say more of each other than of others; None: there are none.
    """
    fold_N = _folds(is_target_N, group_N)
    chance_N, gain_M = _out_of_fold(matrix_NM, is_target_N, fold_N, categories, threads)
    return DomainChance(np.clip(chance_N, _LEAST, 1 - _LEAST), fold_N >= 0, gain_M)


def domain_ratio(
    matrix_NM: Matrix,
    is_target_N: Mask,
    categories: Sequence[int],
    threads: int | None,
    group_N: Groups | None = None,
) -> DomainRatio:
    """Estimate p(target | x) / p(source | x), times the rows of the source over those of the target.

    Args: as domain_chance.
    """
    found = domain_chance(matrix_NM, is_target_N, categories, threads, group_N)
    target_K, chance_K = is_target_N[found.learned_N], found.chance_N[found.learned_N]
    share = target_K.mean()
    gain_K = _log_loss(target_K, np.full(len(target_K), share)) - _log_loss(target_K, chance_K)
    told_apart = bool(gain_K.mean() > CHANCE * _standard_error(gain_K, group_N, found.learned_N))
    chance_N = found.chance_N
    ratio_N = chance_N / (1 - chance_N) * (1 - share) / share if told_apart else np.ones(len(chance_N))
    return DomainRatio(ratio_N, found, told_apart)


def _standard_error(gain_K: Floats, group_N: Groups | None, learned_N: Mask) -> float:
    """Of the mean gain, where rows of a group are no news of each other."""
    away_K = gain_K - gain_K.mean()
    if group_N is not None:
        away_K = np.bincount(np.unique(group_N[learned_N], return_inverse=True)[1], weights=away_K)
    return float(np.sqrt((away_K**2).sum())) / len(gain_K)


def _folds(is_target_N: Mask, group_N: Groups | None) -> npt.NDArray[np.int64]:
    """A fold of each row that is learned from, -1 of the others.

    Folds have equal shares of both domains; where there are groups, a fold has whole ones.
    """
    generator = np.random.default_rng(_SEED)
    chosen = generator.permutation(len(is_target_N))[:MOST_ROWS]
    fold_N = np.full(len(is_target_N), -1, np.int64)
    if group_N is not None:
        names, index_N = np.unique(group_N, return_inverse=True)
        fold_N[chosen] = (generator.permutation(len(names)) % _FOLDS)[index_N[chosen]]
        if _tells(fold_N[chosen], is_target_N[chosen]):
            return fold_N
    for wanted in (False, True):
        of_domain = chosen[is_target_N[chosen] == wanted]
        fold_N[of_domain] = np.arange(len(of_domain)) % _FOLDS
    return fold_N


def _tells(fold_K: npt.NDArray[np.int64], target_K: Mask) -> bool:
    """Whether every fold holds rows of either domain, so that one can learn without it and be judged on it."""
    return all(len(set(fold_K[target_K == wanted].tolist())) == _FOLDS for wanted in (False, True))


def _out_of_fold(
    matrix_NM: Matrix,
    is_target_N: Mask,
    fold_N: npt.NDArray[np.int64],
    categories: Sequence[int],
    threads: int | None,
) -> tuple[Floats, Floats]:
    """Probabilities of the target [N], of rows outside the folds the mean of all classifiers'; and gains [M]."""
    import lightgbm

    learned = np.flatnonzero(fold_N >= 0)
    found = lightgbm.cv(
        {**_PARAMETERS, "num_threads": threads or 0},
        lightgbm.Dataset(
            matrix_NM[learned], is_target_N[learned].astype(np.float32), categorical_feature=list(categories)
        ),
        _ROUNDS,
        folds=[
            (np.flatnonzero(fold_N[learned] != fold), np.flatnonzero(fold_N[learned] == fold)) for fold in range(_FOLDS)
        ],
        callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
        return_cvbooster=True,
    )
    cv: Any = found["cvbooster"]
    rest_N = fold_N < 0
    chance_N, gain_M = np.zeros(len(fold_N)), np.zeros(matrix_NM.shape[1])
    for fold, booster in enumerate(cv.boosters):
        own_N = fold_N == fold
        chance_N[own_N] = booster.predict(matrix_NM[own_N], num_iteration=cv.best_iteration)
        if rest_N.any():
            chance_N[rest_N] += booster.predict(matrix_NM[rest_N], num_iteration=cv.best_iteration) / _FOLDS
        gain_M += booster.feature_importance("gain", iteration=cv.best_iteration)
    return chance_N, gain_M


def _log_loss(target_K: Mask, chance_K: Floats) -> Floats:
    loss_K: Floats = -np.where(target_K, np.log(chance_K), np.log1p(-chance_K))
    return loss_K
