"""Frequencies of values, as numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.frequency import FrequencyEncoder, frequency_numbers
from taskfusion.schema.feature import CategoricalFeature


@given(st.lists(st.integers(0, 9), min_size=2, max_size=8))
def test_frequencies_are_standardised_log_counts(rows_by_code: list[int]) -> None:
    found = frequency_numbers(np.array(rows_by_code))
    logs = [np.log1p(0 if code < 2 else rows) for code, rows in enumerate(rows_by_code)]
    by_row = np.repeat(logs, rows_by_code)
    spread = by_row.std() if len(by_row) and by_row.std() > 1e-9 else 1.0
    centre = by_row.mean() if len(by_row) else 0.0
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx([(log - centre) / spread for log in logs], abs=1e-4)


def test_a_frequency_goes_by_the_code() -> None:
    feature = CategoricalFeature(name="video", kind="categorical", frequency=True)
    encoder = FrequencyEncoder(feature, np.array([-1, -2, 0.5], dtype=np.float32))
    assert encoder.name == "video frequency"
    assert encoder.encode(np.array([2, 0, 2, 1], dtype=np.int32)).tolist() == [[0.5], [-1], [0.5], [-2]]
