"""A deprecated function works, and says since when it goes and what comes in its place."""

import warnings
from pathlib import Path

import pytest

from taskfusion.base.deprecation import deprecated


@deprecated(since="0.2", instead="new_name")
def old_name(number: int, *, plus: int = 0) -> int:
    """The number after.

    Args:
        number: any.
        plus: more.
    """
    return number + 1 + plus


@deprecated(since="0.2", instead="new_name")
def silent_name() -> None:
    pass


def test_it_works_and_warns_where_it_is_called() -> None:
    with pytest.warns(DeprecationWarning, match=r"^old_name is deprecated since taskfusion 0\.2; use new_name") as seen:
        assert old_name(1, plus=2) == 4
    assert [Path(one.filename) for one in seen] == [Path(__file__)]


def test_it_warns_at_the_call_alone() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        @deprecated(since="0.2", instead="b")
        def a() -> None:
            """Nothing."""


def test_its_docstring_says_so_too() -> None:
    text = old_name.__doc__ or ""
    assert text.startswith("The number after.\n\nArgs:\n    number: any.")
    assert text.endswith("\n\nDeprecated since taskfusion 0.2; use new_name instead.")
    assert silent_name.__doc__ == "Deprecated since taskfusion 0.2; use new_name instead."
    assert old_name.__name__ == "old_name"
