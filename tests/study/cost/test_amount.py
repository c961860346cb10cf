"""Numbers say where they come from."""

import pytest

from taskfusion.study.cost.amount import estimated, is_measured, measured, of_run


def test_a_median_has_its_range() -> None:
    found = measured([4.0, 1.0, 2.0], units=2)
    assert (found.value, found.low, found.high, found.repeats) == (1.0, 0.5, 2.0, 3)
    assert is_measured(found)


def test_one_measurement_has_none() -> None:
    assert measured([3.0]).low is None


@pytest.mark.parametrize("other", [of_run(3.0), estimated(measured([3.0]), "from a friend")])
def test_what_was_not_measured_says_so(other: object) -> None:
    assert not is_measured(other)  # type: ignore[arg-type]
    assert "measured here" not in other.source  # type: ignore[attr-defined]
