"""Small encoded rows with few codes and many, in ids and in bags, and a task whose label hangs on an id."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from taskfusion.data.layout import BagInput, InputLayout, Table
from taskfusion.data.rows import EncodedRows
from taskfusion.trees.columns import BagLength, BagMean, BagOccurrences, Column, IdCode, IdTable, Matrix, PlainNumbers
from taskfusion.trees.encoding import FEW
from taskfusion.trees.rows import TaskRows
from taskfusion.trees.statistic import Floats, Folds, TrainingBlock

MANY: Final = FEW + 10

LAYOUT: Final = InputLayout(
    tables=(Table("few", 5, None), Table("many", MANY, None)),
    ids=(0, 1),
    bags=(BagInput(0, "mean"), BagInput(1, "mean")),
    num_numeric=2,
    id_names=("few", "many"),
    bag_names=("tags", "history"),
    numeric_names=("age", "age is missing"),
)


def three_rows() -> EncodedRows:
    """Rows that are small enough to be encoded by hand."""
    return EncodedRows(
        ids_BF=np.array([[2, 40], [4, 7], [2, 7]], np.int32),
        bags=(
            np.array([[2, 2, 4], [3, 0, 0], [0, 0, 0]], np.int32),
            np.array([[9, 0], [8, 9], [0, 0]], np.int32),
        ),
        numeric_BN=np.array([[0.5, 0.0], [-1.0, 0.0], [0.0, 1.0]], np.float32),
        label_BT=np.zeros((3, 1), np.float32),
        weight_BT=np.ones((3, 1), np.float32),
    )


def some_rows(count: int, seed: int) -> EncodedRows:
    """Rows at random."""
    generator = np.random.default_rng(seed)
    tags, history = generator.integers(0, 5, (count, 3)), generator.integers(0, MANY, (count, 2))
    return EncodedRows(
        ids_BF=np.stack([generator.integers(0, 5, count), generator.integers(2, MANY, count)], axis=1).astype(np.int32),
        bags=(-np.sort(-tags).astype(np.int32), -np.sort(-history).astype(np.int32)),
        numeric_BN=generator.normal(size=(count, 2)).astype(np.float32),
        label_BT=np.zeros((count, 1), np.float32),
        weight_BT=np.ones((count, 1), np.float32),
    )


def block_of(rows: EncodedRows, label_B: Floats, fold_B: Folds | None = None, weight: float = 1.0) -> TrainingBlock:
    """Rows with labels; NaN where a label is not known."""
    known_B = np.isfinite(label_B)
    label_B = np.where(known_B, label_B, 0).astype(np.float64)
    folds = np.zeros(len(rows), np.int64) if fold_B is None else fold_B
    return TrainingBlock(rows, label_B, label_B, label_B[:, None], weight * known_B, folds)


def label_of(rows: EncodedRows, seed: int) -> Floats:
    """0 or 1; an even code of the second id has mostly ones, whatever its neighbours have."""
    often_B = np.where(rows.ids_BF[:, 1] % 2 == 0, 0.9, 0.1)
    return (np.random.default_rng(seed).random(len(rows)) < often_B).astype(np.float64)


def task_of(
    rows: EncodedRows, label_B: Floats, validation: EncodedRows | None = None, validation_label_B: Floats | None = None
) -> TaskRows:
    """Training rows in two blocks, and validation rows; labels are of the kind of label_of where none are given."""
    holdout = some_rows(400, 99) if validation is None else validation
    holdout_label_B = label_of(holdout, 98) if validation_label_B is None else validation_label_B
    cut = len(rows) // 3

    def train(fold_N: Folds | None) -> Iterator[TrainingBlock]:
        folds = np.zeros(len(rows), np.int64) if fold_N is None else fold_N
        for part in (slice(0, cut), slice(cut, None)):
            yield block_of(rows.rows(part), label_B[part], folds[part])

    return TaskRows(LAYOUT, len(rows), train, lambda folds: [block_of(holdout, holdout_label_B, folds)])


VALUE_V: Final[Matrix] = (np.arange(MANY) / 2).astype(np.float32)
BY_HAND: Final[list[tuple[Column, list[list[float]]]]] = [
    (PlainNumbers(2), [[0.5, 0], [-1, 0], [0, 1]]),
    (IdCode(1, is_category=False), [[40], [7], [7]]),
    (IdTable(1, VALUE_V), [[20], [3.5], [3.5]]),
    (BagLength(0), [[3], [1], [0]]),
    (BagOccurrences(0, 4), [[0, 2, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0]]),
    (BagMean(1, VALUE_V), [[4.5], [4.25], [np.nan]]),
]
"""One column of each class, and what it makes of three_rows()."""
