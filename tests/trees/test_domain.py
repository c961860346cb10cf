"""The classifier of domains against a shift whose density ratio is known, and where there is none."""

import numpy as np
import pytest

from taskfusion.data.layout import InputLayout, Table
from taskfusion.data.rows import EncodedRows
from taskfusion.evaluate.ranking import auc_of
from taskfusion.trees import domain
from taskfusion.trees.domain import domain_chance, domain_columns, domain_ratio


def gaussians(shift: float, rows: int = 6000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x [N, 2] whose first column has mean shift in the target, the flag of the target, and the true ratio."""
    rng = np.random.default_rng(3)
    is_target = rng.random(rows) < 0.25
    x = rng.normal(size=(rows, 2)).astype(np.float32)
    x[:, 0] += shift * is_target
    return x, is_target, np.exp(shift * x[:, 0] - shift**2 / 2)


def test_the_ratio_is_that_of_two_gaussians() -> None:
    x, is_target, truth = gaussians(1.0)
    found = domain_ratio(x, is_target, (), 1)
    assert found.told_apart
    source = ~is_target
    error = np.abs(np.log(found.ratio_N[source]) - np.log(truth[source]))
    assert np.median(error) < 0.2
    estimate = np.average(x[source], axis=0, weights=found.ratio_N[source])
    np.testing.assert_allclose(estimate, [1, 0], atol=0.2)  # of the source alone, [0, 0]


def test_without_a_shift_every_ratio_is_one() -> None:
    x, is_target, _ = gaussians(0.0)
    found = domain_ratio(x, is_target, (), 1)
    assert not found.told_apart
    assert (found.ratio_N == 1).all()


def test_rows_beyond_the_most_are_told_by_all_classifiers(monkeypatch: pytest.MonkeyPatch) -> None:
    x, is_target, truth = gaussians(1.0)
    monkeypatch.setattr(domain, "MOST_ROWS", 3000)
    found = domain_ratio(x, is_target, (), 1)
    learned_N = domain_chance(x, is_target, (), 1).learned_N
    assert learned_N.sum() == 3000
    rest = ~learned_N & ~is_target
    assert np.corrcoef(np.log(found.ratio_N[rest]), np.log(truth[rest]))[0, 1] > 0.9


def test_columns_do_not_depend_on_labels() -> None:
    layout = InputLayout((Table("id", 100, None),), (0,), (), 1, ("id",), (), ("x",))
    ids, x = np.arange(50, dtype=np.int32)[:, None], np.ones((50, 1), np.float32)
    matrices = []
    for label in (0.0, 1.0):
        label_B1 = np.full((50, 1), label)
        rows = EncodedRows(ids, (), x, label_B1, np.ones((50, 1), np.float32))
        matrices.append(domain_columns(layout, rows).matrix(rows))
    np.testing.assert_array_equal(matrices[0], matrices[1])


def test_groups_are_told_by_classifiers_that_know_none_of_their_rows() -> None:
    """A constant of each user says which domain it is in, but nothing of other users."""
    rng = np.random.default_rng(0)
    user = rng.integers(60, size=3000)
    is_target = (user % 2 == 0) ^ (rng.random(3000) < 0.05)
    x = np.c_[rng.permutation(60)[user], rng.normal(size=3000)].astype(np.float32)
    alone, grouped = (auc_of(domain_chance(x, is_target, (), 1, group).chance_N, is_target) for group in (None, user))
    assert alone > 0.85
    assert grouped < 0.65


def test_groups_too_few_for_folds_are_split() -> None:
    x, is_target, _ = gaussians(2.0)
    found = domain_chance(x, is_target, (), 1, np.zeros(len(x), int))
    assert auc_of(found.chance_N, is_target) > 0.8
    assert found.gain_M[0] > 10 * found.gain_M[1]
