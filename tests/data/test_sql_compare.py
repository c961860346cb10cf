import polars as pl
import pytest

from taskfusion.data.sql_compare import date_beside_number

DTYPES = {"day": pl.Date(), "at": pl.Datetime("us", "UTC"), "n": pl.Int64(), "the n": pl.Float64(), "s": pl.String()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("day < 20240120", ("day", "20240120")),
        ("n = 1 AND 5 <= at", ("at", "5")),
        ('day > "the n"', ("day", '"the n"')),
        ("n >= DATE '2024-01-20'", ("DATE '2024-01-20'", "n")),
        ("day BETWEEN 1 AND 2", ("day", "1")),
        (
            "day < DATE '2024-01-20' OR NOT (n <> TIMESTAMP '2024-01-20 00:00:00')",
            ("TIMESTAMP '2024-01-20 00:00:00'", "n"),
        ),
    ],
)
def test_a_date_and_a_number_beside_a_comparison_are_found(text: str, found: tuple[str, str]) -> None:
    assert date_beside_number(text, DTYPES) == found


@pytest.mark.parametrize(
    "text",
    [
        "day < DATE '2024-01-20'",
        "at < TIMESTAMP WITH TIME ZONE '2024-01-20 00:00:00+00:00'",
        "YEAR(day) > 2020",
        "n < 5 AND s = 'day'",
        "CAST(day AS INT) > 5",
        "day < at",
        "n",
    ],
)
def test_other_comparisons_are_left_alone(text: str) -> None:
    assert date_beside_number(text, DTYPES) is None
