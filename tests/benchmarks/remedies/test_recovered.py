"""The part that came back."""

import pytest

from benchmarks.remedies.recovered import Outcome, recovered, row


def test_all_none_and_half_come_back() -> None:
    worlds = [(0.8, 0.9), (0.7, 0.9), (0.85, 0.95)]
    assert recovered([Outcome(was, bad, was) for was, bad in worlds]).value == pytest.approx(1.0)
    assert recovered([Outcome(was, bad, bad) for was, bad in worlds]).value == 0.0
    half = recovered([Outcome(was, bad, (was + bad) / 2) for was, bad in worlds])
    assert (half.value, half.low, half.high) == pytest.approx((0.5, 0.5, 0.5))


def test_worlds_that_differ_have_an_interval() -> None:
    found = recovered([Outcome(0.8, 0.9, 0.8), Outcome(0.8, 0.9, 0.9), Outcome(0.8, 0.9, 0.85)])
    assert found.low < found.value < found.high


def test_a_row_counts_what_was_kept_and_works() -> None:
    found = [Outcome(0.8, 0.88, 0.8, kept=True, donor=0.9), Outcome(0.8, 0.88, 0.8, kept=False, donor=1.2)]
    assert row("x", found) == "| x | +10.0 % | 100 % [100, 100] | 1 of 2 | 1 of 2 |"
    assert row("y", [Outcome(0.8, 0.88, 0.8)]) == "| y | +10.0 % | 100 % [100, 100] |  |  |"
