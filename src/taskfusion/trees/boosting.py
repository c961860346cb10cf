"""Gradient-boosted trees for one task (Ke et al., LightGBM: A Highly Efficient Gradient Boosting Decision Tree,
NeurIPS 2017).

Axes: K rows with a known label, M columns, C classes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from taskfusion.base.boundary import reading
from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.base.files import write_text
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.trees.columns import Matrix
from taskfusion.trees.rows import TreeRows

if TYPE_CHECKING:
    from lightgbm import Booster, Dataset


def fit_trees(
    task: Task,
    train: TreeRows,
    validation: TreeRows | None,
    *,
    parameters: Mapping[str, float],
    num_rounds: int,
    patience: int,
    seed: int,
    threads: int | None,
) -> "Booster":
    """Grow trees until the loss of the validation rows no longer falls, or so many as are asked for.

    Args:
        task: what is learned.
        train: rows that are learned from.
        validation: rows that choose the number of rounds; None: it is num_rounds.
        parameters: of LightGBM, by its names.
        num_rounds: rounds at the most; a round is a tree, or one per value where a label is one of several.
        patience: rounds without improvement after which growing stops.
        seed: of the choice of columns.
        threads: CPU threads; None: as LightGBM decides. The trees do not depend on them.

    Raises:
        DataError: no validation row has a known label.
        ExperimentError: LightGBM refuses a parameter.
    """
    import lightgbm

    if validation is not None and not len(validation.label_K):
        raise DataError(
            f"the validation table should hold known labels of task '{task.name}', which tell LightGBM when to stop, "
            f"but holds none; leave the task out, or split the table otherwise"
        )
    settings = {
        **kind_of(task).objective(task),
        **parameters,
        "seed": seed,
        "num_threads": threads or 0,
        "deterministic": True,
        "force_col_wise": True,
        "verbose": -1,
    }
    learned_from = _dataset(train, settings)
    labelled = [] if validation is None else [_dataset(validation, settings, learned_from)]
    stop: list[Callable[..., Any]] = [lightgbm.early_stopping(patience, verbose=False)] if labelled else []
    try:
        booster: Booster = lightgbm.train(settings, learned_from, num_rounds, valid_sets=labelled, callbacks=stop)
    except lightgbm.basic.LightGBMError as error:
        raise ExperimentError(
            f"LightGBM refuses task '{task.name}': {' '.join(str(error).split())}; check the settings of lightgbm"
        ) from error
    return booster


def _dataset(rows: TreeRows, settings: Mapping[str, Any], reference: "Dataset | None" = None) -> "Dataset":
    """Rows as LightGBM takes them; with the bins of reference where it is given."""
    import lightgbm  # it takes a second, so that who needs no trees does not wait for it

    return lightgbm.Dataset(
        rows.matrix_KM,
        rows.target_K,
        weight=rows.weight_K,
        reference=reference,
        categorical_feature=list(rows.categories),
        params=dict(settings),
    )


def load_trees(path: Path) -> "Booster":
    """Trees that Booster.save_model wrote.

    Raises:
        RunError: the file is missing or damaged.
    """
    import lightgbm

    with reading(path, "the trees of a run", "remove the run and train again"):
        booster: Booster = lightgbm.Booster(model_str=path.read_text(encoding="utf-8"))
    return booster


def tree_logits(booster: "Booster", matrix_BM: Matrix, threads: int | None = None) -> npt.NDArray[np.float32]:
    """Sums of leaves of the best round, before any link, [B, C]; C is 1 but where a label is one of several values.

    Args:
        booster: the trees.
        matrix_BM: the rows.
        threads: CPU threads; None: as LightGBM decides.
    """
    sums_B = booster.predict(matrix_BM, raw_score=True, num_threads=threads or 0)
    return np.asarray(sums_B, np.float32).reshape(len(matrix_BM), booster.num_model_per_iteration())


def num_leaves(booster: "Booster") -> int:
    """Leaves of all trees up to the best round."""
    return sum(tree["num_leaves"] for tree in booster.dump_model(num_iteration=booster.best_iteration)["tree_info"])


def validation_loss(booster: "Booster") -> float:
    """The loss of the best round on the validation rows, as LightGBM measures it on the scale that is learned."""
    (losses,) = booster.best_score.values()
    return float(next(iter(losses.values())))


@dataclass(frozen=True)
class LightGBMForest:
    """Trees of LightGBM up to the best round."""

    booster: "Booster"

    @property
    def rounds(self) -> int:
        """Rounds of the best evaluation."""
        return int(self.booster.best_iteration)

    @property
    def leaves(self) -> int:
        """Leaves of all trees."""
        return num_leaves(self.booster)

    def logits(self, matrix_BM: Matrix) -> npt.NDArray[np.float32]:
        """Sums of leaves before any link [B, C]."""
        return tree_logits(self.booster, matrix_BM)

    def write(self, path: Path) -> None:
        """Write the trees as text.

        Raises:
            StorageError: the file cannot be written.
        """
        write_text(path, self.booster.model_to_string(num_iteration=self.booster.best_iteration))

    @classmethod
    def read(cls, path: Path) -> "LightGBMForest":
        """Trees that write wrote.

        Raises:
            RunError: the file is missing or damaged.
        """
        return cls(load_trees(path))
