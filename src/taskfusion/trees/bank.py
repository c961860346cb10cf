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
class WeighedTrees:
    """Trees of one task that see rows in one way.

    Args:
        booster: up to the best round.
        columns: how it sees rows.
        weight: of its logits in the task's, > 0.
    """

    booster: "Booster"
    columns: TreeColumns
    weight: float

    def logits(self, rows: EncodedRows) -> Matrix:
        """What they add to the task's logits [B, C]."""
        return np.float32(self.weight) * tree_logits(self.booster, self.columns.matrix(rows))


@dataclass(frozen=True)
class TreeBank:
    """The trees of all tasks.

    Args:
        tasks: per task any number of trees, of which the logits are the sum.
        sizes: C of each task.
    """

    tasks: Sequence[Sequence[WeighedTrees]]
    sizes: Sequence[int]

    def logits(self, rows: EncodedRows) -> Matrix:
        """Weighed sums of leaves [B, S], before any link."""
        parts = [
            sum((one.logits(rows) for one in trees), np.zeros((len(rows), size), np.float32))
            for trees, size in zip(self.tasks, self.sizes, strict=True)
        ]
        return np.concatenate(parts, axis=1)
