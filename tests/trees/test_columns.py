"""Columns of trees by hand, and that they know nothing of labels."""

import numpy as np
import torch

from taskfusion.data.batch import Batch
from taskfusion.data.layout import BagInput, InputLayout, Table
from taskfusion.trees.columns import MAX_CATEGORIES, TreeColumns

LAYOUT = InputLayout(
    tables=(Table("few", 5, None), Table("many", MAX_CATEGORIES + 1, None)),
    ids=(0, 1),
    bags=(BagInput(0, "mean"), BagInput(1, "mean")),
    num_numeric=2,
    id_names=("few", "many"),
    bag_names=("tags", "history"),
    numeric_names=("age", "age is missing"),
)


def batch(rows: int = 3, label: float = 0.0) -> Batch:
    return Batch(
        ids_BF=torch.tensor([[2, 40], [4, 7], [2, 7]], dtype=torch.int32)[:rows],
        bags=(
            torch.tensor([[2, 2, 4], [3, 0, 0], [0, 0, 0]], dtype=torch.int32)[:rows],
            torch.tensor([[9, 0], [8, 9], [0, 0]], dtype=torch.int32)[:rows],
        ),
        numeric_BN=torch.tensor([[0.5, 0.0], [-1.0, 0.0], [0.0, 1.0]])[:rows],
        label_BT=torch.full((rows, 1), label),
        weight_BT=torch.ones(rows, 1),
    )


def test_columns_by_hand() -> None:
    columns = TreeColumns.fit(LAYOUT, [batch(), batch(2)])
    numbers, few = [[0.5, 0], [-1, 0], [0, 1]], [[2], [4], [2]]
    many_and_its_rows = [[40, 2], [7, 3], [7, 3]]
    tags = [[3, 0, 2, 0, 1], [1, 0, 0, 1, 0], [0, 0, 0, 0, 0]]  # length, then codes 1 to 4
    history = [[1], [2], [0]]
    expected = np.hstack([np.array(part) for part in (numbers, few, many_and_its_rows, tags, history)])
    assert np.array_equal(columns.matrix(batch()), expected)
    assert columns.categories == [2]


def test_labels_do_not_matter() -> None:
    one, other = (TreeColumns.fit(LAYOUT, [batch(label=label)]).matrix(batch(label=label)) for label in (0.0, 1.0))
    assert np.array_equal(one, other)


def test_codes_that_training_lacks_have_no_rows() -> None:
    columns = TreeColumns.fit(LAYOUT, [batch(1)])
    assert columns.matrix(batch())[:, 4].tolist() == [1, 0, 0]
