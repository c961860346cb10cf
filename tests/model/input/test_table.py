"""Widths of tables; what tables look up is held by the tests of the input layer."""

from hypothesis import given
from hypothesis import strategies as st

from taskfusion.model.input.table import automatic_dim


@given(st.integers(1, 2**40))
def test_automatic_widths_are_the_fourth_root_rounded_up(num_codes: int) -> None:
    dim = automatic_dim(num_codes)
    assert dim in (4, 8, 16, 32, 64)
    assert dim == 64 or dim**4 >= num_codes
    assert dim == 4 or (dim // 2) ** 4 < num_codes
