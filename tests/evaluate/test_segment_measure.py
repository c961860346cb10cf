"""Measures of some rows: which there are, and that they are those of these rows."""

import numpy as np
import pytest

from judged import clicks
from taskfusion.evaluate.segment_measure import MeasuredRows


def test_measures_are_those_of_the_rows() -> None:
    given, _ = clicks()
    own_K, in_K = np.asarray(given.own), np.arange(len(given.own)) % 3 == 0
    found = MeasuredRows(given.rows, own_K, list(map(np.asarray, given.others))).roots(in_K)
    assert {name: root.scale for name, root in found.items()} == {
        "relative_loss": "log",
        "calibration": "log",
        "auc": "logit",
        "change": "log",
    }
    expected = own_K[in_K].mean() / given.rows.label_K[in_K].mean()
    assert found["calibration"].ratios.value == pytest.approx(expected)


def test_rows_of_one_label_have_no_auc_and_without_a_baseline_there_is_no_change() -> None:
    given, _ = clicks(with_baseline=False)
    found = MeasuredRows(given.rows, np.asarray(given.own), []).roots(given.rows.label_K > 0)
    assert set(found) == {"relative_loss", "calibration"}
