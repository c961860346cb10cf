"""Calls are let in where they can be answered in time; a queue simulated with the rule keeps its deadlines."""

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.serve.router.admission import LONGEST_RETRY_SECONDS, Admission


@given(st.integers(1, 8), st.integers(1, 100), st.floats(1e-4, 1.0), st.floats(1e-3, 2.0), st.integers(0, 200))
def test_more_time_and_more_workers_never_let_in_fewer(
    workers: int, most: int, took: float, seconds: float, pending: int
) -> None:
    few, many = Admission(workers, most), Admission(workers + 1, most)
    for one in (few, many):
        one.add(took)
    assert 1 <= few.limit(seconds) <= few.limit(2 * seconds) <= most
    assert few.limit(seconds) <= many.limit(seconds)
    assert few.admits(pending, seconds) == (pending < few.limit(seconds))
    assert 1 <= few.retry_seconds(pending) <= LONGEST_RETRY_SECONDS


def test_all_are_let_in_while_nothing_is_known() -> None:
    assert Admission(1, 64).limit(0.001) == 64


def test_the_mean_follows_what_calls_take() -> None:
    admission = Admission(1, 64)
    admission.add(0.010)
    assert admission.seconds == 0.010
    for _ in range(200):
        admission.add(0.002)
    assert admission.seconds == pytest.approx(0.002, rel=0.01)


@pytest.mark.parametrize("load", [0.5, 1.0, 3.0, 10.0])
def test_those_let_in_are_answered_in_time_at_any_load(load: float) -> None:
    """One worker, Poisson arrivals, times to answer that scatter by half; 50 ms to answer in."""
    random = np.random.default_rng(0)
    mean, deadline = 0.003, 0.050
    admission, ends, free, late, answered = Admission(1, 1000), list[float](), 0.0, 0, 0
    now = 0.0
    for gap, took in zip(random.exponential(mean / load, 20_000), random.gamma(4, mean / 4, 20_000), strict=True):
        now += gap
        while ends and ends[0] <= now:
            heapq.heappop(ends)
        if not admission.admits(len(ends), deadline):
            continue
        admission.add(took)
        free = max(free, now) + took
        heapq.heappush(ends, free)
        answered += 1
        late += free - now > deadline
    assert late <= 0.01 * answered
    assert answered * mean >= 0.9 * min(load, 1.0) * now  # as much is answered as the worker can
