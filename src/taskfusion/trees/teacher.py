"""Teachers: trees whose predictions of the training rows stand in for a share of their labels.

Axes: K rows with a known label.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from taskfusion.schema.task.table import Task, kind_of
from taskfusion.trees.boosting import Floats, TreeRows, tree_logits

if TYPE_CHECKING:
    from lightgbm import Booster

Fold = npt.NDArray[np.int64]
Fit = Callable[[TreeRows], "Booster"]


def out_of_fold(rows: TreeRows, fold_K: Fold, fit: Fit) -> Iterator[tuple[npt.NDArray[np.bool_], Floats]]:
    """Predict every fold by trees that were grown on all others (Wolpert, Stacked generalization, 1992).

    Args:
        rows: to predict.
        fold_K: number of each row's fold.
        fit: grows trees on rows.

    Yields:
        Fold by fold which rows [K] are in it, and their logits [K, C] as tree_logits gives them.
    """
    for fold in np.unique(fold_K):
        held_K = fold_K == fold
        yield held_K, tree_logits(fit(rows.only(~held_K)), rows.matrix_KM[held_K])


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
