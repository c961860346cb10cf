import polars as pl
import pytest

from sql_frame import require_one_row
from taskfusion.data.sql import columns_of
from taskfusion.data.sql_words import FUNCTIONS, OPERATORS, TYPES

ARGUMENTS = {
    **dict.fromkeys(FUNCTIONS["numbers"], "x"),
    **dict.fromkeys(("ATAN2", "DIV", "LOG", "MOD", "POW", "POWER", *FUNCTIONS["choices"]), "x, y"),
    **dict.fromkeys(FUNCTIONS["texts"], "s"),
    **dict.fromkeys(("ENDS_WITH", "REGEXP_LIKE", "STARTS_WITH", "STRPOS"), "s, '2'"),
    **dict.fromkeys(("LEFT", "RIGHT", "SUBSTR", "SUBSTRING"), "s, 2"),
    **dict.fromkeys(FUNCTIONS["dates"], "t"),
    **dict.fromkeys(FUNCTIONS["lists"], "l"),
    "PI": "",
    "IF": "b, x, y",
    "CONCAT_WS": "'-', s, s",
    "REPLACE": "s, 'x', ''",
    "SPLIT_PART": "s, '-', 1",
    "DATE": "ts",
    "DATE_PART": "'year', d",
    "STRFTIME": "d, '%Y'",
    "STRPTIME": "ts, '%Y-%m-%d'",
    "TIMESTAMP": "ts",
    "ARRAY_CONTAINS": "l, 1",
    "ARRAY_GET": "l, 1",
    "ARRAY_TO_STRING": "l, '-'",
    "STRING_TO_ARRAY": "s, '-'",
}


@pytest.mark.parametrize("name", [name for names in FUNCTIONS.values() for name in names])
def test_every_function_is_there_and_reads_one_row(name: str) -> None:
    require_one_row(f"{name}({ARGUMENTS[name]})")


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_is_there_and_reads_one_row(operator: str) -> None:
    left, right = {"AND": ("b", "b"), "OR": ("b", "b"), "XOR": ("b", "b"), "||": ("s", "s")}.get(operator, ("x", "y"))
    left, right = {"LIKE": ("s", "'2%'"), "ILIKE": ("s", "'D_'"), "BETWEEN": ("x", "1 AND y")}.get(
        operator, (left, right)
    )
    require_one_row(f"{left} {operator} {right}")


@pytest.mark.parametrize("name", [*TYPES, "DOUBLE PRECISION", "TIMESTAMP WITH TIME ZONE", "DECIMAL(10, 2)"])
def test_every_type_is_there(name: str) -> None:
    for text in (f"CAST(NULL AS {name})", f"TRY_CAST(NULL AS {name})", f"NULL::{name}"):
        assert columns_of(text) == ()
        pl.sql_expr(text)
