"""A classifier of domains: which rows look like those of the target (Bickel, Brückner and Scheffer, JMLR 2009).

Axes: N rows, F folds, M columns.
"""

from collections.abc import Mapping
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
class DomainRatio:
    """How alike rows are to those of the target.

    Args:
        ratio_N: density of the target over that of the source, given a row's features; 1 everywhere where the
            classifier is no better than chance.
        chance_N: probability of the target, from classifiers that did not learn from the row.
        learned_N: rows that one of the classifiers learned from.
        told_apart: whether log loss is below that of the mean by more than chance.
    """

    ratio_N: Floats
    chance_N: Floats
    learned_N: Mask
    told_apart: bool


def domain_columns(layout: InputLayout, rows: EncodedRows) -> TreeColumns:
    """How the classifier sees features: ids by code and by how common they are, whatever the labels."""
    none_B, one_B = np.zeros(len(rows)), np.ones(len(rows))
    folds = np.zeros(len(rows), np.int64)
    block = TrainingBlock(rows, none_B, none_B, none_B[:, None], one_B, folds)
    sums = TrainingSums.of(layout, [block], 1)
    return fit_encoding(ENCODINGS["ordered"], layout, sums, folds).columns


def domain_ratio(matrix_NM: Matrix, is_target_N: Mask, categories: tuple[int, ...], threads: int | None) -> DomainRatio:
    """Estimate p(target | x) / p(source | x), times the rows of the source over those of the target.

    Rows are told by classifiers that did not learn from them. Log loss on them says how long to learn; a classifier
    that finds nothing therefore stays near the mean, and ratios near 1.

    Args:
        matrix_NM: the features.
        is_target_N: rows of the target; at least one in every fold of either sort.
        categories: columns without an order.
        threads: CPU threads; None: as LightGBM decides. The result does not depend on them.
    """
    fold_N = _folds(is_target_N)
    chance_N = np.clip(_out_of_fold(matrix_NM, is_target_N, fold_N, categories, threads), _LEAST, 1 - _LEAST)
    learned_N = fold_N >= 0
    target_K = is_target_N[learned_N]
    share = target_K.mean()
    gain_K = _log_loss(target_K, np.full(len(target_K), share)) - _log_loss(target_K, chance_N[learned_N])
    told_apart = bool(gain_K.mean() > CHANCE * gain_K.std() / np.sqrt(len(gain_K)))
    ratio_N = chance_N / (1 - chance_N) * (1 - share) / share if told_apart else np.ones(len(chance_N))
    return DomainRatio(ratio_N, chance_N, learned_N, told_apart)


def _folds(is_target_N: Mask) -> npt.NDArray[np.int64]:
    """A fold of each row that is learned from, -1 of the others; folds have equal shares of both domains."""
    generator = np.random.default_rng(_SEED)
    chosen = generator.permutation(len(is_target_N))[:MOST_ROWS]
    fold_N = np.full(len(is_target_N), -1, np.int64)
    for wanted in (False, True):
        of_domain = chosen[is_target_N[chosen] == wanted]
        fold_N[of_domain] = np.arange(len(of_domain)) % _FOLDS
    return fold_N


def _out_of_fold(
    matrix_NM: Matrix,
    is_target_N: Mask,
    fold_N: npt.NDArray[np.int64],
    categories: tuple[int, ...],
    threads: int | None,
) -> Floats:
    """Probabilities of the target [N]; of rows outside the folds the mean of all classifiers'."""
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
    chance_N = np.zeros(len(fold_N))
    for fold, booster in enumerate(cv.boosters):
        own_N = fold_N == fold
        chance_N[own_N] = booster.predict(matrix_NM[own_N], num_iteration=cv.best_iteration)
        if rest_N.any():
            chance_N[rest_N] += booster.predict(matrix_NM[rest_N], num_iteration=cv.best_iteration) / _FOLDS
    return chance_N


def _log_loss(target_K: Mask, chance_K: Floats) -> Floats:
    loss_K: Floats = -np.where(target_K, np.log(chance_K), np.log1p(-chance_K))
    return loss_K
