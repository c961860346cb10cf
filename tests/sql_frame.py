"""A small table with a column of every type, and what SQL of one row means."""

import datetime

import polars as pl

from taskfusion.data.sql import columns_of

FRAME = pl.DataFrame(
    {
        "x": [1.5, -2.0, None, 4.0],
        "y": [2.0, 3.0, 0.5, None],
        "s": ["2024-01-01", "De", None, "xx"],
        "b": [True, False, None, True],
        "d": [datetime.date(2024, 1, 1), datetime.date(2023, 5, 6), None, datetime.date(2020, 2, 29)],
        "t": [
            datetime.datetime(2024, 1, 1, 3),
            None,
            datetime.datetime(2024, 1, 1, 3, 4, 5),
            datetime.datetime(2020, 1, 1),
        ],
        "l": [[1, 2], [], None, [3]],
        "ts": ["2024-01-01", "2024-01-02", None, "2024-01-01"],
    }
)


def require_one_row(text: str) -> None:
    """The columns are those that Polars sees, and the value of a row is the same without the others."""
    expression = pl.sql_expr(text)
    assert set(columns_of(text)) == set(expression.meta.root_names())
    values = FRAME.with_columns(value=expression)["value"]
    alone = [FRAME.slice(row, 1).with_columns(value=expression)["value"] for row in range(len(FRAME))]
    assert pl.concat(alone).equals(values, null_equal=True) or str(pl.concat(alone).to_list()) == str(values.to_list())
