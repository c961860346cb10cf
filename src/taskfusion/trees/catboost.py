"""CatBoost on one task, with its own defaults: ids are categories, which it turns into statistics of earlier rows in
random orders (Prokhorenkova et al., CatBoost: unbiased boosting with categorical features, NeurIPS 2018).

Axes: B rows, K rows with a known label, M columns, C logits, V codes of a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.base.boundary import reading
from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.base.extra import load_extra
from taskfusion.base.files import atomic_file
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.trees.columns import BagLength, BagMean, Column, IdCode, Matrix, PlainNumbers, TreeColumns
from taskfusion.trees.encoding import FittedEncoding
from taskfusion.trees.rows import TaskRows, TreeRows
from taskfusion.trees.statistic import CodeSums

LOSSES: Final[Mapping[str, str]] = {"binary": "Logloss", "regression": "RMSE", "multiclass": "MultiClass"}
"""What CatBoost calls the objectives of the kinds of tasks."""

SETTINGS: Mapping[str, Any] = {"iterations": 1000}
"""Of CatBoost, beside seed and threads; all else is its default."""

PATIENCE: Final = 50
MOST_COMMON: Final = 32
"""Codes of a list whose share of the list is a column."""


def catboost() -> Any:  # noqa: ANN401  a module without types
    """The package.

    Raises:
        ExperimentError: it is not installed.
    """
    return load_extra("catboost")


def category_columns(rows: TaskRows) -> FittedEncoding:
    """Numbers as they are, every id as categories, a list as its length and the shares of its most common codes."""
    layout, fold_N = rows.layout, np.zeros(rows.num_rows, np.int64)
    sums = rows.sums(fold_N).of_folds([0])
    columns: list[Column] = [PlainNumbers(layout.num_numeric)]
    columns += [IdCode(index, is_category=True) for index in range(len(layout.ids))]
    for index, bag in enumerate(sums.bags):
        columns += [BagLength(index), *_shares(index, bag)]
    made = TreeColumns(tuple(columns))
    return FittedEncoding(made, [made], fold_N)


def _shares(index: int, bag: CodeSums) -> list[Column]:
    common = [code for code in np.argsort(-bag.num_rows, kind="stable")[:MOST_COMMON] if bag.num_rows[code]]
    return [BagMean(index, np.eye(1, len(bag.num_rows), code, dtype=np.float32)[0]) for code in sorted(common)]


@dataclass(frozen=True)
class CatBoostForest:
    """Trees of CatBoost up to the best round."""

    model: Any

    @property
    def rounds(self) -> int:
        """Rounds of the best evaluation."""
        return int(self.model.tree_count_)

    @property
    def leaves(self) -> int:
        """Leaves of all trees."""
        return int(sum(self.model.get_tree_leaf_counts()))

    def logits(self, matrix_BM: Matrix) -> npt.NDArray[np.float32]:
        """Sums of leaves before any link [B, C]."""
        frame = _frame(matrix_BM, self.model.get_cat_feature_indices())
        found = self.model.predict(frame, prediction_type="RawFormulaVal")
        return np.asarray(found, np.float32).reshape(len(matrix_BM), -1)

    def write(self, path: Path) -> None:
        """Write the trees in CatBoost's own format.

        Raises:
            StorageError: the file cannot be written.
        """
        with atomic_file(path) as temporary:
            self.model.save_model(str(temporary), format="cbm")

    @classmethod
    def read(cls, path: Path) -> "CatBoostForest":
        """Trees that write wrote.

        Raises:
            ExperimentError: CatBoost is not installed.
            RunError: the file is missing or damaged.
        """
        model = catboost().CatBoost()
        with reading(path, "the trees of a run", "remove the run and train again"):
            model.load_model(str(path), format="cbm")
        return cls(model)


def fit_catboost(
    task: Task, train: TreeRows, validation: TreeRows, *, seed: int, threads: int | None
) -> CatBoostForest:
    """Grow trees until the loss of the validation rows has not fallen for PATIENCE rounds.

    Args:
        task: what is learned.
        train: rows that are learned from.
        validation: rows that choose the number of rounds.
        seed: of the orders of rows.
        threads: CPU threads; None: all.

    Raises:
        DataError: no validation row has a known label.
        ExperimentError: CatBoost is not installed, or refuses the rows.
    """
    package = catboost()
    if not len(validation.label_K):
        raise DataError(
            f"the validation table should hold known labels of task '{task.name}', which tell CatBoost when to stop, "
            f"but holds none; leave the task out, or split the table otherwise"
        )
    objective = kind_of(task).objective(task)
    settings = {"loss_function": LOSSES[objective["objective"]], "random_seed": seed, "thread_count": threads or -1}
    if "num_class" in objective:
        settings["classes_count"] = objective["num_class"]
    model = package.CatBoost({**settings, **SETTINGS, "allow_writing_files": False, "verbose": False})
    pools = [_pool(package, rows) for rows in (train, validation)]
    try:
        model.fit(pools[0], eval_set=pools[1], early_stopping_rounds=PATIENCE, use_best_model=True)
    except package.CatBoostError as error:
        raise ExperimentError(
            f"CatBoost refuses task '{task.name}': {' '.join(str(error).split())}; leave the method or the task out"
        ) from error
    return CatBoostForest(model)


def _pool(package: Any, rows: TreeRows) -> Any:  # noqa: ANN401  modules without types
    frame = _frame(rows.matrix_KM, rows.categories)
    return package.Pool(frame, rows.target_K, weight=rows.weight_K, cat_features=list(rows.categories))


def _frame(matrix_BM: Matrix, categories: Any) -> Any:  # noqa: ANN401  a table of pandas, which CatBoost brings
    """Columns with their types: categories are whole numbers."""
    import pandas as pd

    whole = set(categories)
    columns = {
        index: column_B.astype(np.int32 if index in whole else np.float32) for index, column_B in enumerate(matrix_BM.T)
    }
    return pd.DataFrame(columns)
