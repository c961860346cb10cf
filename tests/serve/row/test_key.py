from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from one_row import outcome
from taskfusion.base.errors import DataError
from taskfusion.data import keys
from taskfusion.serve.row.key import as_key, as_type_of, shown_value

VALUES: list[Any] = [
    *[1, -5, 2**63, 2**64, 2**127, -(2**63) - 1, True, 1.0, 1.5, -0.0, float("nan"), float("inf"), 2.0**63, -(2.0**63)],
    *["a", "7", "007", "-0", "18446744073709551615", "18446744073709551616", "\u0663", None],
    *[date(2024, 1, 31), datetime(2024, 1, 31), datetime(24, 1, 31, 12), datetime(2024, 1, 31, 12, tzinfo=UTC)],
    *[time(1, 2, 3, 4), Decimal("7"), Decimal("7.50"), Decimal(2**63), b"x", [1]],
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("target", [pl.Int64(), pl.UInt64(), pl.String()], ids=str)
def test_a_value_is_the_key_that_a_column_has(value: Any, target: pl.DataType) -> None:
    column = pl.Series([value])
    expected = outcome(lambda: keys.as_type_of(column, target, "x")[0])
    if expected is None:  # of a missing value, or of an integer that the type cannot hold, which stays
        expected = keys.as_keys(column, "x")[0]
    assert outcome(lambda: as_type_of(value, str(target), "x", value)) == expected


def test_a_text_without_unicode_is_refused() -> None:
    with pytest.raises(DataError, match=r"x holds .*, which is no Unicode text"):
        as_key("\ud800", "x")


def test_a_time_is_shown_as_a_column_shows_it() -> None:
    moment = datetime(2024, 1, 31, 12, tzinfo=UTC)
    assert shown_value(moment) == str(pl.Series([moment])[0])
    assert shown_value(1.5) == "1.5"
