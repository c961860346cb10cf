"""Column statistics against plain Python."""

import math
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.inspect.init.column import find_bag, percent, profile_columns, says_when
from taskfusion.inspect.init.words import words_of

NUMBERS = st.lists(st.none() | st.floats(-5, 5, width=16) | st.just(math.nan), min_size=1, max_size=30)
TEXTS = st.lists(st.none() | st.text("ab|, ", max_size=4), min_size=1, max_size=30)


@given(NUMBERS)
def test_numbers(values: list[float | None]) -> None:
    (column,) = profile_columns(pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)}))
    known = [value for value in values if value is not None and not math.isnan(value)]
    assert column.missing == len(values) - len(known)
    assert column.distinct == len({value + 0.0 for value in known})
    assert column.whole == (bool(known) and all(value == math.floor(value) for value in known))
    assert column.is_sorted == (len(known) == len(values) and known == sorted(known))
    if known:
        assert (column.low, column.high) == (min(known), max(known))
        assert column.mean == pytest.approx(np.mean(known), abs=1e-9)
    assert column.two == (tuple(sorted({value + 0.0 for value in known})) if column.distinct == 2 else ())


@given(TEXTS)
def test_texts(values: list[str | None]) -> None:
    (column,) = profile_columns(pl.DataFrame({"x": pl.Series(values, dtype=pl.String)}))
    known = [value for value in values if value is not None]
    assert column.known == len(known)
    assert column.distinct == len(set(known))
    assert column.is_unique == (len(known) > 1 and len(set(known)) == len(known) and column.bag is None)


@given(st.lists(st.none() | st.lists(st.none() | st.integers(0, 9), max_size=5), min_size=1, max_size=20))
def test_lists(values: list[list[int | None] | None]) -> None:
    (column,) = profile_columns(pl.DataFrame({"x": pl.Series(values, dtype=pl.List(pl.Int64))}))
    inside = {value for row in values for value in row or [] if value is not None}
    assert column.missing == sum(not row for row in values)
    assert column.distinct == len(inside)
    assert column.bag is not None
    assert set(column.bag.values) == inside
    assert column.bag.longest == max(len(row or []) for row in values)


def test_large_integers_stay_apart() -> None:
    (column,) = profile_columns(pl.DataFrame({"x": [2**60, 2**60 + 1, 2**60 + 2]}))
    assert column.distinct == 3


def test_infinity_is_seen_and_left_out_of_the_figures() -> None:
    (column,) = profile_columns(pl.DataFrame({"x": [1.0, math.inf, 3.0]}))
    assert column.infinite
    assert column.high == 3.0


@pytest.mark.parametrize(
    ("values", "separator"),
    [
        (["Action|Drama", "Action", "Drama", "Drama|Action", None] * 5, "|"),
        (["red, blue", "blue, green", "green, red", "red, green", "red", "blue, red"], ","),
        (["n1 n2", "n2 n3", "n3 n1", "n2 n1", "n3 n2", "n1 n3"], " "),
        (["(1,2]", "(2,3]", "(3,4]"], None),
        (["a man", "the dog", "a dog", "the man", "dog the", "man a", "man the"], None),
        (["plain", "words"], None),
    ],
)
def test_strings_with_a_separator(values: list[str | None], separator: str | None) -> None:
    bag = find_bag(pl.Series("x", values), ("x",))
    assert (bag.separator if bag else None) == separator


def test_a_history_may_hold_any_values() -> None:
    values = pl.Series("x", [f"{k}|{k + 1}" for k in range(0, 40, 2)])
    assert find_bag(values, ("x",)) is None
    bag = find_bag(values, ("watch", "history"))
    assert bag is not None
    assert (bag.separator, bag.longest, bag.share) == ("|", 2, 1.0)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("when", [datetime(2024, 1, 1)], True),
        ("timestamp", [1_000_000_000, 1_040_000_000], True),
        ("time_ms", [1_650_812_741_436, 1_650_812_934_945], True),
        ("date", [20240101, 20231231], True),
        ("day", [0, 0, 1, 2], True),
        ("day", [3, 1, 2], False),
        ("event_time", ["2024-01-31 10:00:00"], True),
        ("date", ["31/01/2024"], True),
        ("date", ["soon"], False),
        ("price", [20240101, 20231231], False),
        ("play_time_ms", [1200, 31, 80], False),
        ("time", [], False),
        ("wann", ["2024-01-31", "2023-02-28"], True),
        ("wann", ["2024-01-31T10:00:00Z", "2024-01-31 10:00:00.25+02:00", None], True),
        ("wann", ["2024-01-31", "2024-02-30"], False),
        ("wann", ["2024-01-31", "soon"], False),
        ("wann", ["2024-01-31-b"], False),
        ("wann", [None, None], False),
    ],
)
def test_times(name: str, values: list[Any], expected: bool) -> None:
    assert says_when(pl.Series(name, values), words_of(name)) is expected


@pytest.mark.parametrize(
    ("share", "text"), [(0.4421, "44.2 %"), (0.0, "0.0 %"), (0.00018, "0.018 %"), (1.0, "100.0 %")]
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text
