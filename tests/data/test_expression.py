import datetime

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data.expression import evaluate, expression, root_columns, sql_name

FRAME = pl.DataFrame(
    {
        "i": [1, 3, None, 200],
        "j": [2, 2, 2, 3],
        "small": pl.Series([200, 100, 1, 2], dtype=pl.UInt8),
        "s": ["50000+.", "- 50000.", None, "x"],
        "f": [0.5, float("nan"), None, 1.0],
        "ok": [True, False, None, True],
        "a-b": [1, 2, 3, 4],
        "id": [2**53 + 1, 2**53, 0, 1],
    }
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("i", [1, 3, None, 200]),
        ("i / j", [0.5, 1.5, None, 200 / 3]),
        ("7 / 2", [3.5, 3.5, 3.5, 3.5]),
        ("small * 2", [400, 200, 2, 4]),
        ("small - 255", [-55, -155, -254, -253]),
        ("s = '50000+.'", [True, False, None, False]),
        ("s IN ('x', 'y')", [False, False, None, True]),
        ("CASE WHEN i > 1 THEN i / j END", [None, 1.5, None, 200 / 3]),
        ("ok AND i = 1", [True, False, None, False]),
        ("ok", [True, False, None, True]),
        ("true", [True] * 4),
        ("a-b", [1, 2, 3, 4]),
        ('"a-b" + 1', [2, 3, 4, 5]),
        ("LEAST(i, 5)", [1, 3, 5, 5]),
        ("id", [2**53 + 1, 2**53, 0, 1]),
        ("i IS NULL", [False, False, True, False]),
    ],
)
def test_values(text: str, values: list[object]) -> None:
    assert evaluate(FRAME, text, "label of task 'y'").to_list() == values


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id = 9007199254740993", "reads 'id', whose 9007199254740993 is beyond 2\\^53"),
        ("i > 1 AND id > 5", "reads 'id'"),
        ("CAST(i AS TEXT) = '1'", "makes a text and reads the integers of 'i'"),
        ("i::VARCHAR = '1'", "makes a text and reads the integers of 'i'"),
    ],
)
def test_integers_that_would_not_stay_exact_are_refused(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        evaluate(FRAME, text, "label of task 'y'")


def test_a_text_of_a_float_is_one() -> None:
    assert evaluate(FRAME, "CAST(f AS TEXT) = '0.5'", "label of task 'y'").to_list()[0] is True


def test_division_by_zero_is_not_hidden() -> None:
    frame = pl.DataFrame({"a": [1, 0], "b": [0, 0]})
    assert evaluate(frame, "a / b", "label").to_list()[0] == float("inf")
    assert evaluate(frame, "CASE WHEN b > 0 THEN a / b END", "label").to_list() == [None, None]


def test_values_do_not_depend_on_the_cut_of_the_table() -> None:
    for text in ("i / j", "s = 'x'", "COALESCE(i, 0) > 1", "1"):
        whole = evaluate(FRAME, text, "label").to_list()
        assert [value for row in range(4) for value in evaluate(FRAME.slice(row, 1), text, "label").to_list()] == whole


@pytest.mark.parametrize(
    "text",
    ["AVG(i)", "i > AVG(i)", "COUNT(*)", "SUM(i) OVER (PARTITION BY s)", "ROW_NUMBER() OVER ()", "i / MAX(i)",
     "LAG(i) OVER (ORDER BY j)", "RANK() OVER (ORDER BY i)", "QUANTILE_CONT(i, 0.5)", "STDDEV(i)", "FIRST(i)",
     "(SELECT 1)"],
)  # fmt: skip
def test_expressions_over_other_rows_are_refused(text: str) -> None:
    with pytest.raises(ExperimentError, match=r"the label of task 'y' should be .* over the columns of one row, but"):
        evaluate(FRAME, text, "label of task 'y'")


def test_words_of_the_serialized_form_may_stand_in_text_and_names() -> None:
    frame = pl.DataFrame({"Len": [1, 2], "s": ["Agg", "Over"]})
    assert evaluate(frame, "\"Len\" = 1 AND s = 'Agg'", "mask").to_list() == [True, False]


@pytest.mark.parametrize("text", ["i +", "SELECT i", "i, j", "*", "nosuchfunction(i)"])
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(
        ExperimentError, match="the mask should be a column or an SQL expression over the columns of one row, but"
    ):
        expression(text, FRAME.columns, "mask")


def test_unknown_columns_are_named() -> None:
    with pytest.raises(DataError, match=r"the mask reads the column 'smal' .* did you mean 'small'"):
        expression("smal > 3", FRAME.columns, "mask")


@pytest.mark.parametrize("text", ["s + 1", "s = 1", "ok AND i"])
def test_types_that_do_not_fit(text: str) -> None:
    with pytest.raises(DataError, match="cannot be computed"):
        evaluate(FRAME, text, "label")


def test_root_columns_each_once() -> None:
    assert root_columns("i / j + i", FRAME.columns, "label") == ["i", "j"]
    assert root_columns("a-b", FRAME.columns, "label") == ["a-b"]
    assert root_columns("1", FRAME.columns, "label") == []


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8))
def test_sql_reads_a_name_as_it_is(name: str) -> None:
    assume(name != "*")
    assert expression(f"{sql_name(name)} = 1", [name], "mask").meta.root_names() == [name]


def test_a_column_that_would_be_all_columns_is_named() -> None:
    with pytest.raises(ExperimentError, match="takes for all columns; rename it"):
        expression('"*" = 1', ["*"], "mask")


@pytest.mark.parametrize("name", ["select", "FALSE", "date", "case", "CURRENT_DATE", "left", "from", "values"])
def test_words_of_sql_are_columns_in_double_quotes(name: str) -> None:
    frame = pl.DataFrame({name: [1.0, 2.0]})
    assert evaluate(frame, f"{sql_name(name)} > 1", "mask").to_list() == [False, True]


def test_a_word_that_polars_reads_as_another_thing_is_no_column() -> None:
    with pytest.raises(ExperimentError, match="a word of SQL, CURRENT_DATE, as a column; put it in double quotes"):
        expression("CURRENT_DATE > 1", ["CURRENT_DATE"], "mask")


def test_times_and_dates_are_compared_with_literals() -> None:
    frame = pl.DataFrame({"day": [datetime.date(2024, 1, 1)]})
    assert evaluate(frame, "day < DATE '2024-01-02'", "mask").to_list() == [True]
    with pytest.raises(DataError, match=r"cannot be computed where 'day' is Date: .*compare a date with DATE '2024"):
        evaluate(frame, "day < '2024-01-02'", "mask")


@pytest.mark.parametrize("text", ["day > 20240120", "19000 < day", "number = DATE '2024-01-31'"])
def test_a_date_compared_with_a_number_is_told(text: str) -> None:
    frame = pl.DataFrame({"day": [datetime.date(2024, 1, 31)], "number": [19753]})
    with pytest.raises(
        DataError, match=r"the label, .*, compares the date .* with the number .*; compare a date with DATE"
    ):
        evaluate(frame, text, "label")


@pytest.mark.parametrize(
    "text", ["day < '2024-02-01'", "text < DATE '2024-02-01'", "CAST(text AS DATE) < DATE '2024-02-01'"]
)
def test_a_date_compared_with_a_text_is_told_how(text: str) -> None:
    frame = pl.DataFrame({"day": [datetime.date(2024, 1, 31)], "text": ["2024-01-31"]})
    with pytest.raises(
        DataError, match=r"compare a date with DATE '2024-01-31'.*a text as a date with DATE\(LEFT\(column, 10\)\)$"
    ):
        evaluate(frame, text, "label")
    assert evaluate(frame, "DATE(text) < DATE '2024-02-01'", "label").to_list() == [True]
