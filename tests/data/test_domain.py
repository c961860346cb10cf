"""Rows of the target, and importance weights as numbers."""

import numpy as np
import polars as pl
import pytest
import torch

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import MemoryDataset
from taskfusion.data.domain import effective_rows, importance_weights, target_rows, weighted

TABLE = pl.LazyFrame({"country": ["JP", "US", None, "JP"], "age": [1, 2, 3, 4]})


def test_rows_that_satisfy_the_condition_are_the_target() -> None:
    found = target_rows(TABLE, "country = 'JP' AND age > 1", "the table")
    assert found.tolist() == [False, False, False, True]


def test_a_condition_that_is_null_is_not_satisfied() -> None:
    assert target_rows(TABLE, "country <> 'JP'", "the table").tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("condition", "kind", "words"),
    [
        ("age + 1", DataError, "should be true or false"),
        ("cuntry = 'JP'", DataError, "reads the column 'cuntry'"),
        ("SELECT 1", ExperimentError, "SQL expression"),
    ],
)
def test_what_is_no_condition_is_refused(condition: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        target_rows(TABLE, condition, "the table")


def test_weights_have_mean_one_and_keep_proportions_below_the_cut() -> None:
    ratio = np.r_[np.linspace(0.1, 1.0, 99), 50.0]
    weight = importance_weights(ratio, 0.98)
    assert weight.mean() == pytest.approx(1)
    np.testing.assert_allclose(weight[:90] / weight[0], ratio[:90] / ratio[0])
    assert weight.max() / weight[0] == pytest.approx(np.quantile(ratio, 0.98) / ratio[0])
    assert importance_weights(ratio, 1.0).max() / importance_weights(ratio, 1.0).min() == pytest.approx(500)
    assert len(importance_weights(np.zeros(0), 0.99)) == 0


def test_effective_rows_of_equal_weights_are_all_rows() -> None:
    assert effective_rows(np.full(7, 0.3)) == pytest.approx(7)
    assert effective_rows(np.r_[np.full(4, 2.0), np.zeros(6)]) == pytest.approx(4)


def test_weights_multiply_those_of_all_tasks() -> None:
    weight_BT = torch.tensor([[1.0, 0.0], [2.0, 1.0]])
    batch = Batch(torch.zeros(2, 0), (), torch.ones(2, 1), torch.ones(2, 2).double(), weight_BT)
    found = weighted(MemoryDataset(batch), np.array([0.5, 3.0]))
    assert found.batch.weight_BT.tolist() == [[0.5, 0.0], [6.0, 3.0]]
