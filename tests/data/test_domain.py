"""Rows of the target, and importance weights as numbers."""

import numpy as np
import polars as pl
import pytest
import torch

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import MemoryDataset
from taskfusion.data.domain import cut_ratios, effective_rows, importance_weights, target_rows, weighted

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


def test_labelled_rows_of_both_domains_together_are_like_the_target() -> None:
    """Exact densities of two values: under the weights the pool has the target's shares, as far as labels reach."""
    rng = np.random.default_rng(0)
    is_target = rng.random(20_000) < 0.2
    value = rng.random(20_000) < np.where(is_target, 0.9, 0.1)
    ratio = np.where(value, 9.0, 1 / 9)
    for known in (np.ones(20_000), rng.random(20_000) * 2, (~is_target).astype(float)):
        weight = importance_weights(ratio, is_target, known)
        assert np.average(weight, weights=known) == pytest.approx(1)
        assert np.average(value, weights=weight * known) == pytest.approx(0.9, abs=0.01)
        share = known[is_target].sum() / known.sum()
        assert share == 0 or weight.max() <= 1.05 / share


def test_without_labels_of_the_target_weights_are_ratios_and_without_others_one() -> None:
    ratio, is_target = np.array([0.5, 2.0, 3.0, 4.0]), np.array([False, False, True, True])
    found = importance_weights(ratio, is_target, np.array([1.0, 1.0, 0.0, 0.0]))
    np.testing.assert_allclose(found[:2], ratio[:2] / 1.25)
    np.testing.assert_allclose(importance_weights(ratio, is_target, is_target.astype(float))[2:], 1)
    assert (importance_weights(ratio, is_target, np.zeros(4)) == 1).all()


def test_ratios_are_cut_to_a_quantile_of_the_source() -> None:
    ratio = np.r_[np.linspace(0.1, 1.0, 99), 50.0, 80.0]
    is_target = np.r_[np.zeros(100, bool), True]
    cut = cut_ratios(ratio, is_target, 0.98)
    np.testing.assert_array_equal(cut[:90], ratio[:90])
    assert cut[-2:].tolist() == [np.quantile(ratio[:100], 0.98)] * 2
    np.testing.assert_array_equal(cut_ratios(ratio, is_target, 1.0), np.minimum(ratio, 50))
    np.testing.assert_array_equal(cut_ratios(ratio, np.ones(101, bool), 0.5), ratio)


def test_effective_rows_of_equal_weights_are_all_rows() -> None:
    assert effective_rows(np.full(7, 0.3)) == pytest.approx(7)
    assert effective_rows(np.r_[np.full(4, 2.0), np.zeros(6)]) == pytest.approx(4)


def test_weights_multiply_those_of_each_task() -> None:
    weight_BT = torch.tensor([[1.0, 0.0], [2.0, 1.0]])
    batch = Batch(torch.zeros(2, 0), (), torch.ones(2, 1), torch.ones(2, 2).double(), weight_BT)
    found = weighted(MemoryDataset(batch), np.array([[0.5, 7.0], [3.0, 2.0]]))
    assert found.batch.weight_BT.tolist() == [[0.5, 0.0], [6.0, 2.0]]
