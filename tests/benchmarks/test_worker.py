"""Candidates in processes of their own."""

from collections.abc import Callable
from functools import partial

import pytest
import torch

from benchmarks.worker import Worker


def filler(mib: int) -> Callable[[], object]:
    """A candidate that fills so much memory and frees it."""
    return lambda: torch.ones(mib, 2**18).sum()


def test_the_peak_is_that_of_the_candidates_runs() -> None:
    with Worker(partial(filler, 8), turns=2) as small, Worker(partial(filler, 64)) as large:
        small()
        large()
        assert 8 <= small.peak_mib < 40
        assert 64 <= large.peak_mib < 96


def failing() -> Callable[[], object]:
    """A candidate that cannot be made."""
    raise ValueError("no such candidate")


def test_a_candidate_that_fails_is_not_waited_for() -> None:
    with Worker(failing) as worker, pytest.raises((EOFError, ConnectionError)):
        worker()
