"""Columns by hand, one class after the other."""

import numpy as np
import pytest

from taskfusion.trees.columns import BagLength, BagMean, Column, IdCode, IdTable, PlainNumbers, TreeColumns
from trees.cases import BY_HAND, VALUE_V, three_rows


@pytest.mark.parametrize(("column", "expected"), BY_HAND, ids=lambda found: type(found).__name__)
def test_a_column_by_hand(column: Column, expected: list[list[float]]) -> None:
    found = TreeColumns((column,)).matrix(three_rows())
    assert np.array_equal(found, np.array(expected, np.float32), equal_nan=True)
    assert column.width == found.shape[1]


def test_columns_stand_side_by_side_and_categories_are_told() -> None:
    columns = TreeColumns((PlainNumbers(2), IdCode(0, is_category=True), BagLength(1), IdTable(1, VALUE_V, True)))
    found = columns.matrix(three_rows())
    assert found.tolist() == [[0.5, 0, 2, 1, 20], [-1, 0, 4, 2, 3.5], [0, 1, 2, 0, 3.5]]
    assert found.dtype == np.float32
    assert columns.categories == (2, 4)


def test_padding_counts_for_nothing_in_a_mean() -> None:
    loud_V = VALUE_V.copy()
    loud_V[0] = 1e30
    quiet, loud = (TreeColumns((BagMean(1, value_V),)).matrix(three_rows()) for value_V in (VALUE_V, loud_V))
    assert np.array_equal(quiet, loud, equal_nan=True)


def test_no_rows_give_no_rows() -> None:
    columns = TreeColumns(tuple(column for column, _ in BY_HAND))
    assert columns.matrix(three_rows().rows(slice(0))).shape == (0, 10)
