import itertools
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from taskfusion.report.axis import Axis, around

ENDS = st.tuples(st.floats(-1e6, 1e6), st.floats(1e-4, 1e6)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(ENDS, st.integers(1, 10))
def test_ticks_rise_inside_the_axis_in_equal_steps(ends: tuple[float, float], count: int) -> None:
    axis = Axis("x", *ends, count=count)
    places = [tick.at for tick in axis.ticks]
    assert places == sorted(places)
    assert all(-1e-3 <= place <= 100 + 1e-3 for place in places)
    assert len(places) <= count + 1
    gaps = [b - a for a, b in itertools.pairwise(places)]
    assert gaps == pytest.approx([gaps[0]] * len(gaps), rel=1e-3) if gaps else True
    assert len(places) >= count // 3


@given(st.floats(1e-6, 0.5), st.floats(1.01, 1e5))
def test_ends_of_an_axis_are_0_and_100_percent(low: float, ratio: float) -> None:
    for log in (False, True):
        axis = Axis("x", low, low * ratio, log=log)
        assert (axis.at(low), axis.at(low * ratio)) == pytest.approx((0, 100), abs=1e-6)
    assert Axis("x", low, low * ratio, log=True).at(low * math.sqrt(ratio)) == pytest.approx(50)


@pytest.mark.parametrize(
    ("axis", "texts"),
    [
        (Axis("x", 0, 1), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (Axis("x", -0.3, 0.3), ["\u22120.2", "0.0", "0.2"]),
        (Axis("x", 0.7212, 0.7248, count=3), ["0.722", "0.724"]),
        (Axis("x", 0, 1, percent=True, count=4), ["0\u202f%", "25\u202f%", "50\u202f%", "75\u202f%", "100\u202f%"]),
        (Axis("x", 0, 10_000, count=2), ["0", "5\u202f000", "10\u202f000"]),
        (Axis("x", 0, 12.5, count=5), ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5"]),
        (
            Axis("x", 0.0008, 0.03, log=True, percent=True),
            ["0.1\u202f%", "0.2\u202f%", "0.5\u202f%", "1\u202f%", "2\u202f%"],
        ),
        (Axis("x", 0.00001, 0.5, log=True), ["0.00001", "0.0001", "0.001", "0.01", "0.1"]),
        (Axis("x", 0, 1, count=0), []),
    ],
)
def test_ticks_are_round(axis: Axis, texts: list[str]) -> None:
    assert [tick.text for tick in axis.ticks] == texts


@given(st.lists(st.floats(-1e3, 1e3), min_size=1))
@example([5e-324])
def test_around_holds_all_values(values: list[float]) -> None:
    axis = around("x", values)
    assert axis.low < min(values)
    assert axis.high > max(values)
