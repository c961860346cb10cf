import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sql_frame import FRAME, require_one_row
from taskfusion.data.sql import MOST_CHARACTERS, MOST_DEPTH, MOST_OPERATORS, SqlError, columns_of


@pytest.mark.parametrize(
    "text",
    [
        "CASE WHEN x > 0 THEN y / x WHEN b THEN 1 ELSE -y END",
        "CASE s WHEN 'De' THEN 1 END",
        "x NOT BETWEEN 1 AND 2 AND NOT b",
        "s NOT IN ('xx', 'it''s') OR s IS NOT NULL",
        "s NOT LIKE 'a%'",
        "b IS NOT TRUE",
        "EXTRACT(YEAR FROM d) = 2024",
        "d < DATE '2024-01-01' AND t >= TIMESTAMP '2024-01-01 00:00:00'",
        "d - INTERVAL '1 day' < d",
        "l[1] + l[-1]",
        '"x" + `x`'.replace("`x`", '"y"'),
        "(x + .5) * 1e-3 % 5.",
        "LENGTH(TRIM(s)) + 1\n > 2",
        "x::INT",
    ],
)
def test_grammar(text: str) -> None:
    require_one_row(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(SELECT 1)", "'SELECT' out of place"),
        ("x IN (SELECT y FROM t)", "'SELECT' out of place"),
        ("EXISTS (SELECT 1)", "EXISTS, which is no function"),
        ("SUM(x)", "SUM, which is no function"),
        ("x > AVG(x)", "AVG, which is no function"),
        ("COUNT(*)", "COUNT, which is no function"),
        ("ABS(x) OVER ()", "'OVER' out of place"),
        ("ABS(x) FILTER (WHERE b)", "'FILTER' out of place"),
        ("NOW()", "NOW, which is no function"),
        ("RANDOM()", "RANDOM, which is no function"),
        ("READ_CSV('x.csv')", "READ_CSV, which is no function"),
        ("COLUMNS('x')", "COLUMNS, which is no function"),
        ("UNNEST(l)", "UNNEST, which is no function"),
        ("x -- y", "holds a comment"),
        ("x /* y */", "holds a comment"),
        ("x; y", "has ';' where"),
        ("x y", "'y' out of place"),
        ("x 'y'", "out of place"),
        ("x'41'", "out of place"),
        ("E'a'", "out of place"),
        ("$$a$$", "has '$' where"),
        ("`x`", "has '`' where"),
        ("[x]", "out of place"),
        ("x, y", "',' out of place"),
        ("*", "out of place"),
        ("x.*", "out of place"),
        ("x +", "ends too early"),
        ("", "ends too early"),
        ("(x", "ends too early"),
        ("CASE x END", "'END' out of place"),
        ("0x1F", "has '0' where"),
        ("'a", 'has "\'" where'),
        ("'a\\' || x || '", 'has "\'" where'),
        ("x\0", "where"),
        ("CAST(x AS BLOB)", "'BLOB' where a type"),
        ("REPLACE(s, '', 'aaaa')", "uses REPLACE"),
        ("x" * (MOST_CHARACTERS + 1), "characters"),
        ("(" * (MOST_DEPTH + 1), "deep"),
        ("x" + " + x" * MOST_OPERATORS, "operators"),
        ("NOT " * MOST_OPERATORS + "b", "operators"),
        (f"x IN ({', '.join(['y'] * (MOST_OPERATORS + 1))})", "operators and values"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(SqlError) as caught:
        columns_of(text)
    assert reason in str(caught.value)


def test_what_is_within_the_bounds_is_computed() -> None:
    deepest = MOST_DEPTH - 1
    texts = ", ".join(["'a'"] * MOST_OPERATORS)
    numbers = ", ".join(f"{sign}{number}" for sign in ("", "-") for number in range(MOST_OPERATORS))
    for text in (
        "(" * deepest + "x" + ")" * deepest,
        "x" + " + x" * (MOST_OPERATORS - 1),
        f"x IN ({numbers}) AND s NOT IN ({texts})",
    ):
        columns_of(text)
        FRAME.select(pl.sql_expr(text))


PIECES = (
    *("x", "y", "s", '"x"', "'x'", "'", '"', "''", "\\", "--", "(", ")", ",", ".", "1", "+", "-", "=", "IN", "NOT"),
    *("SELECT", "FROM", "ABS", "CASE", "WHEN", "THEN", "END", "DATE", "IS", "NULL", "::", "INT", "[", "]", "$$", "E"),
    *(" ", "SUM", "*"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=9))
def test_what_passes_reads_what_polars_reads(parts: list[str]) -> None:
    text = " ".join(parts)
    for tried in (text, "".join(parts)):
        try:
            columns = columns_of(tried)
        except SqlError:
            continue
        try:
            roots = pl.sql_expr(tried).meta.root_names()
        except pl.exceptions.PolarsError:
            continue
        assert set(roots) == set(columns)
