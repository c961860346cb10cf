"""Columns and SQL expressions of the experiment file, evaluated row by row."""

import json
from collections.abc import Collection
from typing import Any

import polars as pl
import polars.selectors as cs
from polars.exceptions import PolarsError

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data.table import nearest, one_line


def expression(text: str, columns: Collection[str], what: str) -> pl.Expr:
    """A column, where the text is exactly its name, or an SQL expression over columns.

    Args:
        text: as in the experiment file.
        columns: columns of the table.
        what: what error messages call it, like "label of task 'like'".

    Raises:
        ExperimentError: the text is no SQL expression.
        DataError: a column that it names is not there.
    """
    if text in columns:
        return pl.col(text)
    try:
        parsed = pl.sql_expr(text)
    except PolarsError as error:
        raise ExperimentError(
            f"the {what} should be a column or an SQL expression, but '{text}' is neither: {one_line(error)}"
        ) from error
    for column in parsed.meta.root_names():
        if column not in columns:
            raise DataError(
                f"the {what} reads the column '{column}' (in '{text}'), which the table lacks{nearest(column, columns)}"
            )
    return parsed


def root_columns(text: str, columns: Collection[str], what: str) -> list[str]:
    """Columns that an expression reads, each once.

    Raises:
        ExperimentError: the text is no SQL expression.
        DataError: a column that it names is not there.
    """
    return list(dict.fromkeys(expression(text, columns, what).meta.root_names()))


def evaluate(frame: pl.DataFrame, text: str, what: str) -> pl.Series:
    """Values [B] of a column or an expression; inside an expression integers are floats, so that / divides.

    Raises:
        ExperimentError: the text is no SQL expression, or one whose value depends on other rows, like AVG(x).
        DataError: a column that it names is not there, or the types do not fit.
    """
    if text in frame.columns:
        return frame[text]
    parsed = expression(text, frame.columns, what)
    if _AGGREGATES & _words(json.loads(parsed.meta.serialize(format="json"))):
        raise ExperimentError(
            f"the {what} should depend on one row alone, but '{text}' reads all rows; "
            f"compute it before and name its column"
        )
    roots = root_columns(text, frame.columns, what)
    try:
        values = frame.select(roots).with_columns(cs.integer().cast(pl.Float64)).select(parsed).to_series()
    except PolarsError as error:
        raise DataError(f"the {what}, '{text}', cannot be computed: {one_line(error)}; mend the expression") from error
    return values if roots else values.new_from_index(0, frame.height)


_AGGREGATES = {"Agg", "Over", "Len", "Explode", "Quantile", "Rank", "AnonymousAgg", "Rolling"}
"""Nodes of a serialized Polars expression whose value depends on more than one row."""


def _words(node: Any) -> set[str]:  # noqa: ANN401  parsed JSON
    """Names of the nodes of a serialized expression; values and columns are left out."""
    if isinstance(node, dict):
        return {name for key, part in node.items() if key not in ("Literal", "Column") for name in {key} | _words(part)}
    if isinstance(node, list):
        return {name for part in node for name in _words(part)}
    return {node} if isinstance(node, str) else set()
