"""Fields of structs as columns of their own."""

from collections.abc import Iterator, Mapping

import polars as pl


def field_columns(schema: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    """The fields of all structs of a table, at any depth, as columns like place.city; a missing struct has none, and a
    column that is called so already stays.
    """
    return [
        field.alias(name)
        for column, dtype in schema.items()
        for name, field in _fields(column, pl.col(column), dtype)
        if name not in schema
    ]


def _fields(name: str, value: pl.Expr, dtype: pl.DataType) -> Iterator[tuple[str, pl.Expr]]:
    for field in dtype.fields if isinstance(dtype, pl.Struct) else ():
        inner = f"{name}.{field.name}", value.struct.field(field.name)
        yield inner
        if isinstance(field.dtype, pl.Struct):
            yield from _fields(*inner, field.dtype)
