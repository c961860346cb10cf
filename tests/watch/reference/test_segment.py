"""A segment's counts, and limits that follow from how much is known."""

import numpy as np
import pytest

from taskfusion.watch.reference.segment import CHANGES, TaskRows, both_ways, segment_codes, segment_reference, weekday


def _rows(count: int, rate: float = 0.1, request: bool = False) -> TaskRows:
    random = np.random.default_rng(0)
    together = np.repeat(random.normal(size=count // 5), 5) if request else np.zeros(count)
    probability = np.clip(rate * (1 + 0.8 * np.sign(together)), 0, 1)
    label = (random.random(count) < probability).astype(float)
    label[:10] = np.nan
    return TaskRows(
        kind="probability",
        label_B=label,
        predicted_B=np.full(count, rate),
        bin_B=np.arange(count) % 4,
        bins=4,
        day_B=np.arange(count) * 28 // count,
        request_B=np.arange(count) // 5 if request else None,
    )


def test_counts_are_those_of_its_rows() -> None:
    rows = _rows(10_000)
    is_in = np.arange(10_000) < 4000
    found = segment_reference("a=b", rows, is_in, 5000)
    assert (found.rows, found.known) == (4000, 3990 / 4000)
    assert found.observed == pytest.approx(np.nanmean(rows.label_B[:4000]))
    assert found.counts == [[1000] * 4]
    assert found.design == 1


def test_the_more_is_known_the_smaller_the_change_that_is_found() -> None:
    small, large = (segment_reference(None, _rows(n), np.ones(n, dtype=bool), 5000) for n in (3000, 300_000))
    assert small.change > large.change == CHANGES[0]
    assert small.uncertainty > large.uncertainty


def test_labels_of_one_request_that_are_alike_have_a_design_effect() -> None:
    found = segment_reference(None, _rows(20_000, 0.4, request=True), np.ones(20_000, dtype=bool), 5000)
    assert found.design > 1.3


def test_a_segment_without_labels_is_no_error() -> None:
    rows = _rows(100)
    found = segment_reference("a=b", rows, np.arange(100) < 5, 5000)
    assert (found.rows, found.known, found.observed) == (5, 0, 0)


def test_days_of_the_week_and_changes() -> None:
    assert weekday(np.array([0, 4, 11])).tolist() == [3, 0, 0], "1 January 1970 was a Thursday"
    up, down = both_ways(0.1)
    assert (1 + up) * (1 + down) == pytest.approx(1)


def test_values_that_nobody_knows_are_others() -> None:
    assert segment_codes(np.array(["b", "c", "a"], dtype=object), ["a", "b"]).tolist() == [1, 2, 0]
    assert segment_codes(np.zeros(0, dtype=object), ["a"]).tolist() == []


def test_a_number_with_a_single_row_in_a_segment_raises_no_alarm() -> None:
    rng = np.random.default_rng(3)
    predicted_B = rng.uniform(0.2, 0.6, 2000)
    label_B = predicted_B + rng.normal(0, 0.4, 2000)
    zeros = np.zeros(2000, dtype=np.int64)
    rows = TaskRows("number", label_B, predicted_B, zeros, 2, zeros, None)
    found = segment_reference("rare", rows, np.arange(2000) == 7, 5000)
    assert found.variance == pytest.approx(np.var(label_B - predicted_B))
    assert min(found.limit_up, found.limit_down) > 20
    own = segment_reference("own", rows, np.arange(2000) < 30, 5000)
    assert own.variance == pytest.approx(np.var((label_B - predicted_B)[:30]))
