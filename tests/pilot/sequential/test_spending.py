"""What is spent grows from nothing to all of the error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.pilot.sequential.spending import SPENDINGS, Spending, obrien_fleming, pocock

ERRORS = st.floats(0.001, 0.2)
SHARES = st.floats(0.001, 1.0)


@pytest.mark.parametrize("spending", SPENDINGS.values(), ids=SPENDINGS)
@given(error=ERRORS, shares=st.tuples(SHARES, SHARES))
def test_it_grows_to_the_whole(spending: Spending, error: float, shares: tuple[float, float]) -> None:
    first, second = sorted(shares)
    assert 0 <= spending(error, first) <= spending(error, second) <= error * (1 + 1e-12)
    assert spending(error, 0.0) == 0.0
    assert spending(error, 1.0) == pytest.approx(error)
    assert spending(error, 1.5) == pytest.approx(error)


@given(error=ERRORS, share=st.floats(0.001, 0.99))
def test_obrien_and_fleming_wait_longer(error: float, share: float) -> None:
    assert obrien_fleming(error, share) < pocock(error, share)
