"""Agreement between seeds, by hand and against SciPy."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from taskfusion.evaluate.agreement import agreement, is_steady, seed_figure


def test_seeds_agree_where_all_are_on_one_side() -> None:
    assert is_steady([0.1, 2.0]) is True
    assert is_steady([-0.1, -2.0, -1.0]) is True
    assert is_steady([-0.1, 2.0]) is False
    assert is_steady([0.0, 2.0]) is False
    assert is_steady([1.0]) is None
    assert seed_figure([0.2, 0.3], even=0.25).steady is False
    assert seed_figure([0.2, 0.3], even=0.1).steady is True


def test_without_an_interval_nothing_is_shown() -> None:
    assert not seed_figure([1.0, 2.0]).is_shown


def test_the_rank_is_the_mean_over_pairs_of_seeds() -> None:
    value_SE = np.random.default_rng(0).normal(size=(3, 12))
    found = agreement(1, "weight", value_SE)
    pairs = [spearmanr(value_SE[a], value_SE[b]).statistic for a, b in ((0, 1), (0, 2), (1, 2))]
    assert found.rank == pytest.approx(np.mean(pairs))
    same = (value_SE > 0).all(0) | (value_SE < 0).all(0)
    assert found.same_sign == pytest.approx(same.mean())
    assert (found.level, found.figure, found.edges) == (1, "weight", 12)


@pytest.mark.parametrize("value_SE", [np.ones((2, 5)), np.array([[1.0, 2.0], [2.0, 1.0]])])
def test_what_has_no_order_has_no_rank(value_SE: np.ndarray) -> None:
    assert agreement(None, "dependence", value_SE).rank is None
