"""Teachers: trees whose predictions of the training rows stand in for a share of their labels.

Axes: K rows with a known label.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.schema.task import BinaryTask, RegressionTask, Task
from taskfusion.trees.boosting import Floats, TreeRows, predict_trees

if TYPE_CHECKING:
    from lightgbm import Booster

Fold = npt.NDArray[np.int64]
Fit = Callable[[TreeRows], "Booster"]


def out_of_fold(task: Task, rows: TreeRows, fold_K: Fold, fit: Fit) -> Iterator[tuple[npt.NDArray[np.bool_], Floats]]:
    """Predict every fold by trees that were grown on all others (Wolpert, Stacked generalization, 1992).

    Args:
        task: what is predicted, not of several classes.
        rows: to predict.
        fold_K: number of each row's fold.
        fit: grows trees on rows.

    Yields:
        Fold by fold which rows [K] are in it, and their predictions on the label's own scale.
    """
    for fold in np.unique(fold_K):
        held_K = fold_K == fold
        yield held_K, predict_trees(fit(rows.only(~held_K)), task, rows.matrix_KM[held_K])


def mixed_labels(task: Task, label_K: Floats, prediction_K: Floats, share: float) -> Floats:
    """(1 - share) label + share prediction, on the scale that the task learns on (Hinton et al., Distilling the
    knowledge in a neural network, 2015; the cross-entropy of the mixture is the mixture of the cross-entropies).

    Args:
        task: one of TAUGHT.
        label_K: labels on their own scale.
        prediction_K: of a teacher, likewise.
        share: of the prediction, 0..1.
    """
    return _MIX[type(task)](task, label_K, prediction_K, share)


def _mean(task: Task, label_K: Floats, prediction_K: Floats, share: float) -> Floats:
    mixed: Floats = (1 - share) * label_K + share * prediction_K
    return mixed


def _mean_as_learned(task: RegressionTask, label_K: Floats, prediction_K: Floats, share: float) -> Floats:
    if not task.log1p:
        return _mean(task, label_K, prediction_K, share)
    mixed: Floats = np.expm1(_mean(task, np.log1p(label_K), np.log1p(prediction_K), share))
    return mixed


_MIX: Final[Mapping[type[Any], Callable[[Any, Floats, Floats, float], Floats]]] = {
    BinaryTask: _mean,
    RegressionTask: _mean_as_learned,
}
DISTILLED: Final = tuple(_MIX)
"""Kinds of tasks that can have a teacher."""
