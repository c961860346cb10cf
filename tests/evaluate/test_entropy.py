import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.evaluate.entropy import entropy


@given(st.lists(st.floats(1e-6, 1e6), min_size=1))
def test_it_is_that_of_scipy(weights: list[float]) -> None:
    assert entropy(np.array(weights)) == pytest.approx(scipy.stats.entropy(weights), rel=1e-9, abs=1e-12)


def test_classes_without_rows_add_nothing() -> None:
    assert entropy(np.array([1.0, 0.0, 1.0])) == pytest.approx(np.log(2))
