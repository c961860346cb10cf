"""Training and validation rows of one task, as trees learn from them.

Axes: N training rows, B rows of a block, K rows with a known label, M columns.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from taskfusion.data.layout import InputLayout
from taskfusion.trees.columns import Matrix
from taskfusion.trees.encoding import ENCODINGS, FittedEncoding, fit_encoding
from taskfusion.trees.statistic import Floats, Folds, TrainingBlock, TrainingSums

Blocks = Callable[[Folds | None], Iterable[TrainingBlock]]
"""The rows of a split, block by block, in these folds, as often as they are asked for; None: all in one."""

Mask = npt.NDArray[np.bool_]

_SEED: Final = 0


@dataclass(frozen=True)
class TreeRows:
    """Rows whose label is known.

    Args:
        matrix_KM: the columns.
        label_K: labels on their own scale.
        target_K: labels as they are learned.
        weight_K: sample weights, > 0.
        categories: indices of the columns without an order.
    """

    matrix_KM: Matrix
    label_K: Floats
    target_K: Floats
    weight_K: Floats
    categories: tuple[int, ...] = ()

    def only(self, chosen_K: Mask) -> "TreeRows":
        """Some of the rows."""
        return TreeRows(
            self.matrix_KM[chosen_K],
            self.label_K[chosen_K],
            self.target_K[chosen_K],
            self.weight_K[chosen_K],
            self.categories,
        )


@dataclass(frozen=True)
class TaskRows:
    """The rows of one task.

    Args:
        layout: of the rows.
        num_rows: training rows.
        train: training rows, with known labels and without.
        validation: validation rows, likewise.
    """

    layout: InputLayout
    num_rows: int
    train: Blocks
    validation: Blocks

    def without(self, held_N: Mask) -> "TaskRows":
        """The same where the labels of some training rows are not known."""

        def train(fold_N: Folds | None) -> Iterator[TrainingBlock]:
            start = 0
            for block in self.train(fold_N):
                held_B = held_N[start : start + len(block.weight_B)]
                yield replace(block, weight_B=np.where(held_B, 0, block.weight_B))
                start += len(held_B)

        return replace(self, train=train)

    def known(self) -> Mask:
        """Which training rows have a known label [N]."""
        return np.concatenate([block.weight_B > 0 for block in self.train(None)])

    def fitted(self, encoding: str) -> FittedEncoding:
        """An encoding by its name, learned from the training rows."""
        found = ENCODINGS[encoding]
        fold_N = found.parting.folds(self.num_rows)
        return fit_encoding(found, self.layout, self.sums(fold_N), fold_N)

    def sums(self, fold_N: Folds) -> TrainingSums:
        """What the training rows say of the codes, fold by fold."""
        return TrainingSums.of(self.layout, self.train(fold_N), int(fold_N.max()) + 1)

    def train_rows(self, fitted: FittedEncoding, most: int | None = None) -> TreeRows:
        """Training rows whose label is known; a random choice of about so many at the most."""
        return _tree_rows(
            _some(partial(self.train, fitted.fold_N), most),
            lambda block: fitted.training_matrix(block.rows, block.fold_B),
            fitted.columns.categories,
        )

    def matrix(self, fitted: FittedEncoding, chosen_N: Mask) -> Matrix:
        """Some training rows [., M] as rows are seen that nothing was learned from."""
        blocks, parts, start = self.train(None), [], 0
        for block in blocks:
            chosen_B = chosen_N[start : start + len(block.weight_B)]
            parts.append(fitted.columns.matrix(block.rows.rows(chosen_B)))
            start += len(chosen_B)
        return np.concatenate(parts)

    def validation_rows(self, fitted: FittedEncoding, most: int | None = None) -> TreeRows:
        """Validation rows whose label is known; a random choice of about so many at the most."""
        blocks = _some(partial(self.validation, None), most)
        return _tree_rows(blocks, lambda block: fitted.columns.matrix(block.rows), fitted.columns.categories)


def _some(blocks: Callable[[], Iterable[TrainingBlock]], most: int | None) -> Iterator[TrainingBlock]:
    """Rows whose label is known; of more than most of them a random choice, the same every time."""
    known = 0 if most is None else sum(int((block.weight_B > 0).sum()) for block in blocks())
    share = 1.0 if most is None else min(1.0, most / max(known, 1))
    generator = np.random.default_rng(_SEED)
    for block in blocks():
        yield block.only((block.weight_B > 0) & (generator.random(len(block.weight_B)) < share))


def _tree_rows(
    blocks: Iterable[TrainingBlock], matrix_of: Callable[[TrainingBlock], Matrix], categories: tuple[int, ...]
) -> TreeRows:
    parts = [(matrix_of(block), block.label_B, block.target_B, block.weight_B) for block in blocks]
    matrix_KM, label_K, target_K, weight_K = map(np.concatenate, zip(*parts, strict=True))
    return TreeRows(matrix_KM, label_K, target_K, weight_K, categories)
