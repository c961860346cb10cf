"""From encoded data and the settings of trees to the trees of one task.

Axes: B rows of a block, N rows of a dataset.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from taskfusion.config.training import LightGBMConfig
from taskfusion.data.dataset import Dataset
from taskfusion.data.prepared import EncodedData
from taskfusion.model.head.table import head_of
from taskfusion.pipeline.evaluate import SCORING_ROWS
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.trees.boosting import fit_trees
from taskfusion.trees.choice import SHORT, SHORT_PATIENCE, SHORT_ROUNDS, EncodingChoice, choose_encoding
from taskfusion.trees.columns import TreeColumns
from taskfusion.trees.rows import TaskRows, TreeRows
from taskfusion.trees.statistic import Folds, TrainingBlock

if TYPE_CHECKING:
    from lightgbm import Booster

NOT_PARAMETERS: Final = {"num_rounds", "patience", "ids"}
"""Settings that are said of training, or of what trees see, rather than to LightGBM by the name of a parameter."""


def label_blocks(
    dataset: Dataset, task: Task, known: LabelStatistics, fold_N: Folds | None = None
) -> Iterator[TrainingBlock]:
    """The rows of a dataset of one task, block by block.

    Args:
        dataset: the rows.
        task: whose labels they have.
        known: what its training labels are like, by which the targets are standardised: LightGBM's are 32-bit floats.
        fold_N: the fold of each row; None: all are in one.
    """
    kind, head, start = kind_of(task), head_of(task, known), 0
    folds = np.zeros(dataset.num_rows, np.int64) if fold_N is None else fold_N
    for batch in dataset.batches(SCORING_ROWS):
        rows = batch.numpy()
        label_B, weight_B = rows.label_BT[:, 0], rows.weight_BT[:, 0]
        target_B = head.target(torch.from_numpy(label_B)).numpy()
        fold_B = folds[start : start + len(rows)]
        yield TrainingBlock(rows, label_B, target_B, kind.told(task, target_B), weight_B, fold_B)
        start += len(rows)


def task_rows(data: EncodedData, task: Task) -> TaskRows:
    """The rows of a task, from data of this task alone."""
    (known,) = data.statistics
    train, validation = (partial(label_blocks, data.splits[split], task, known) for split in ("train", "validation"))
    return TaskRows(data.encoder.layout, data.splits["train"].num_rows, train, validation)


@dataclass(frozen=True)
class ChosenTrees:
    """Trees of one task, with the encoding of ids that was chosen for them.

    Args:
        booster: the trees.
        columns: how they see rows.
        validation: the rows that chose their number.
        choice: of the encoding.
    """

    booster: "Booster"
    columns: TreeColumns
    validation: TreeRows
    choice: EncodingChoice


@dataclass(frozen=True)
class TreeGrower:
    """Grows the trees of one task.

    Args:
        settings: of the trees.
        task: what is learned.
        seed: of the choice of columns.
        threads: CPU threads; None: as LightGBM decides.
    """

    settings: LightGBMConfig
    task: Task
    seed: int
    threads: int | None

    def grow(self, train: TreeRows, validation: TreeRows) -> "Booster":
        """Trees as the settings say.

        Raises:
            ExperimentError: LightGBM refuses a setting.
        """
        return self._grow(train, validation, {}, self.settings.num_rounds, self.settings.patience)

    def grow_chosen(self, rows: TaskRows, note: Callable[[str], None]) -> ChosenTrees:
        """Choose the encoding of ids, tell what was chosen, and grow.

        Raises:
            ExperimentError: LightGBM refuses a setting.
        """
        choice = self.choose(rows)
        note(str(choice))
        return self._grow_as(choice, rows)

    def grow_both(self, rows: TaskRows, note: Callable[[str], None]) -> list[ChosenTrees]:
        """As grow_chosen, and beside it trees of the best encoding of the other sort, where there is one.

        Which of the two is better on validation rows is often chance; together they are better than either.

        Raises:
            ExperimentError: LightGBM refuses a setting.
        """
        choice = self.choose(rows)
        other = choice.other()
        note(str(choice) + (f"; trees of {other.name} beside them" if other else ""))
        return [self._grow_as(one, rows) for one in (choice, other) if one]

    def _grow_as(self, choice: EncodingChoice, rows: TaskRows) -> ChosenTrees:
        fitted = rows.fitted(choice.name)
        validation = rows.validation_rows(fitted)
        booster = self.grow(rows.train_rows(fitted), validation)
        return ChosenTrees(booster, fitted.columns, validation, choice)

    def grow_rounds(self, train: TreeRows, num_rounds: int) -> "Booster":
        """Trees of so many rounds.

        Raises:
            ExperimentError: LightGBM refuses a setting.
        """
        return self._grow(train, None, {}, num_rounds, self.settings.patience)

    def choose(self, rows: TaskRows) -> EncodingChoice:
        """How ids are seen: as the settings say, or as a few trees find best.

        Raises:
            ExperimentError: LightGBM refuses a setting.
        """
        if self.settings.ids != "auto":
            return EncodingChoice(self.settings.ids, {})
        return choose_encoding(rows, self._grow_short)

    def _grow_short(self, train: TreeRows, validation: TreeRows) -> "Booster":
        return self._grow(train, validation, SHORT, SHORT_ROUNDS, SHORT_PATIENCE)

    def _grow(
        self, train: TreeRows, validation: TreeRows | None, changed: Mapping[str, float], num_rounds: int, patience: int
    ) -> "Booster":
        return fit_trees(
            self.task,
            train,
            validation,
            parameters={**self.settings.model_dump(exclude=NOT_PARAMETERS), **changed},
            num_rounds=num_rounds,
            patience=patience,
            seed=self.seed,
            threads=self.threads,
        )
