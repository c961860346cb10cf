"""Teachers: trees whose predictions of the training rows stand in for a share of their labels.

Axes: N training rows, K rows with a known label, C classes.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from taskfusion.schema.task.table import Task, kind_of
from taskfusion.trees.boosting import tree_logits
from taskfusion.trees.rows import Mask, TaskRows, TreeRows
from taskfusion.trees.statistic import Floats, Folds

if TYPE_CHECKING:
    from lightgbm import Booster

Grow = Callable[[TreeRows, TreeRows], "Booster"]


def out_of_fold(rows: TaskRows, encoding: str, fold_N: Folds, grow: Grow) -> Iterator[tuple[Mask, Floats]]:
    """Predict every fold by trees that were grown on all others (Wolpert, Stacked generalization, 1992), and that see
    ids as the labels of these others tell.

    Args:
        rows: of a task.
        encoding: how ids are seen.
        fold_N: fold of each training row.
        grow: grows trees on training and validation rows.

    Yields:
        Fold by fold which training rows [N] it predicts, those of the fold and those without a known label, and their
        logits [., C] as tree_logits gives them.
    """
    known_N = rows.known()
    for fold in np.unique(fold_N[known_N]):
        held_N = known_N & (fold_N == fold)
        others = rows.without(held_N)
        fitted = others.fitted(encoding)
        booster = grow(others.train_rows(fitted), others.validation_rows(fitted))
        predicted_N = held_N | ~known_N
        yield predicted_N, tree_logits(booster, rows.matrix(fitted, predicted_N))


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
