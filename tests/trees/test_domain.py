"""The classifier of domains against a shift whose density ratio is known, and where there is none."""

import numpy as np
import pytest

from taskfusion.data.layout import InputLayout, Table
from taskfusion.data.rows import EncodedRows
from taskfusion.trees import domain
from taskfusion.trees.domain import domain_columns, domain_ratio


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
    assert found.learned_N.sum() == 3000
    rest = ~found.learned_N & ~is_target
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
