"""The trees of all tasks of a model, as they are kept and read.

Axes: B rows, C logits of a task, S logits of all tasks side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskfusion.data.rows import EncodedRows
from taskfusion.trees.boosting import tree_logits
from taskfusion.trees.columns import Matrix, TreeColumns

if TYPE_CHECKING:
    from lightgbm import Booster


@dataclass(frozen=True)
class TaskTrees:
    """The trees of one task.

    Args:
        booster: up to the best round.
        columns: how it sees rows.
    """

    booster: "Booster"
    columns: TreeColumns


@dataclass(frozen=True)
class TreeBank:
    """The trees of all tasks.

    Args:
        tasks: per task; None: it has none, and its logits are 0.
        sizes: C of each task.
    """

    tasks: Sequence[TaskTrees | None]
    sizes: Sequence[int]

    def logits(self, rows: EncodedRows) -> Matrix:
        """Sums of leaves [B, S], before any link."""
        parts = [
            np.zeros((len(rows), size), np.float32)
            if trees is None
            else tree_logits(trees.booster, trees.columns.matrix(rows))
            for trees, size in zip(self.tasks, self.sizes, strict=True)
        ]
        return np.concatenate(parts, axis=1)
