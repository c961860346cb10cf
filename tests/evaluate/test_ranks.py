"""Orders of columns, against SciPy and by hand."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from taskfusion.evaluate.ranks import disagreements, mean_rank_correlation, rank_correlation, ranks


def test_the_largest_is_first_and_equal_values_share_the_better_place() -> None:
    assert ranks([1.0, 5.0, 3.0, 3.0]) == [4, 1, 2, 2]


def test_the_correlation_is_spearmans_and_none_where_it_says_nothing() -> None:
    first, second = [1.0, 2.0, 4.0, 3.0], [2.0, 1.0, 9.0, 3.0]
    assert rank_correlation(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert rank_correlation(first, [10 * value for value in first]) == pytest.approx(1)
    assert rank_correlation([1.0, 2.0], [1.0, 2.0]) is None
    assert rank_correlation(first, [1.0] * 4) is None


def test_of_several_seeds_it_is_the_mean_over_pairs() -> None:
    order = np.arange(5.0)
    assert mean_rank_correlation(np.stack([order, order, -order])) == pytest.approx((1 - 1 - 1) / 3)
    assert mean_rank_correlation(order[None]) is None
    assert mean_rank_correlation(np.stack([order, 0 * order])) is None
    assert mean_rank_correlation(np.stack([order, 0 * order, order])) == pytest.approx(1)


def test_two_orders_differ_where_a_leader_of_one_is_far_behind_in_the_other() -> None:
    first = [float(10 - place) for place in range(10)]
    assert disagreements(first, first) == []
    moved = list(first)
    moved[1] = -1.0
    assert disagreements(first, moved) == [1]
    assert disagreements(moved, first) == [1]
    late = [*first[:8], first[9], first[8]]
    assert disagreements(first, late) == []
    many = [float(30 - place) for place in range(30)]
    eighth = [*many[1:8], many[0], *many[8:]]
    assert disagreements(many, sorted(eighth[:8], reverse=True) + eighth[8:]) == []
    behind = [many[14], *many[:14], *many[15:]]
    assert disagreements(many, behind) == [0]
