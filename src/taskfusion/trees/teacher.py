"""Teachers: trees whose predictions of the training rows stand in for a share of their labels.

Axes: N training rows, K rows with a known label, C classes.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from taskfusion.schema.task.table import Task, kind_of
from taskfusion.trees.boosting import tree_logits
from taskfusion.trees.rows import Mask, TaskRows, TreeRows
from taskfusion.trees.statistic import Floats, Folds

if TYPE_CHECKING:
    from lightgbm import Booster

Grow = Callable[[TreeRows], "Booster"]
"""From training rows to trees."""

FoldForest = Callable[[], tuple[Mask, Floats]]
"""Grows the trees of a fold: which training rows [N] they predict, and the logits [., C] of these rows."""


def fold_forests(
    rows: TaskRows, encoding: str, fold_N: Folds, grow: Grow, threads: int | None = None
) -> Sequence[FoldForest]:
    """Every fold is predicted by trees that are grown on all others (Wolpert, Stacked generalization, 1992), and that
    see ids as the labels of these others tell; rows without a known label are predicted by the trees of every fold.

    Args:
        rows: of a task.
        encoding: how ids are seen.
        fold_N: fold of each training row.
        grow: grows trees.
        threads: CPU threads of a prediction; None: as LightGBM decides.

    Returns:
        One per fold with a known label; they hang on nothing of each other.
    """
    known_N = rows.known()

    def forest(fold: int) -> tuple[Mask, Floats]:
        held_N = known_N & (fold_N == fold)
        others, predicted_N = rows.without(held_N), held_N | ~known_N
        fitted = others.fitted(encoding)
        booster = grow(others.train_rows(fitted))
        return predicted_N, tree_logits(booster, rows.matrix(fitted, predicted_N), threads)

    return [partial(forest, fold) for fold in np.unique(fold_N[known_N])]


def mixed_labels(task: Task, label_K: Floats, prediction_K: Floats, share: float) -> Floats:
    """(1 - share) label + share prediction, on the scale that the task learns on (Hinton et al., Distilling the
    knowledge in a neural network, 2015; the cross-entropy of the mixture is the mixture of the cross-entropies).

    Args:
        task: of a kind that has teachers.
        label_K: labels on their own scale.
        prediction_K: of a teacher, likewise.
        share: of the prediction, 0..1.
    """
    kind = kind_of(task)
    learned = [kind.learned(task, value_K) for value_K in (label_K, prediction_K)]
    mixed: Floats = kind.unlearned(task, (1 - share) * learned[0] + share * learned[1])
    return mixed
