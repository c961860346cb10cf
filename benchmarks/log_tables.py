"""Made-up log tables of 30 categorical and 10 numeric columns and two labels, as Parquet files."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from taskfusion.schema.schema import Schema

DISTINCT = (20, 200, 2_000, 20_000, 200_000)
"""Possible values of a categorical column; the columns take turns."""

_ODD = 2_654_435_761
"""Times this, numbers below 2^32 stay distinct and look like hashes."""

CODES = tuple(f"code{place}" for place in range(30))
TEXTS = tuple(f"text{place}" for place in range(10))
WIDE = tuple(f"id{place}" for place in range(10))
SMALL = tuple(f"number{place}" for place in range(10))
DENSE = tuple(f"dense{place}" for place in range(10))
TASKS = ("click", "like")
NULLS = ("text1", "text4", "dense3", "dense7")
"""Columns of the raw table in which one value in twenty is missing."""


def encoded_table(num_rows: int) -> pl.DataFrame:
    """Columns that are encoded already: int32 codes and float32 numbers."""
    rng = np.random.default_rng(0)
    codes = {name: _skewed(rng, num_rows, place).astype(np.int32) for place, name in enumerate(CODES)}
    return pl.DataFrame(codes | _dense_and_labels(rng, num_rows, np.float32))


def raw_table(num_rows: int) -> pl.DataFrame:
    """Columns as a log holds them: ten each of strings of 8 hex digits, 64-bit ids, small integers and floats."""
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {}
    for place, name in enumerate(TEXTS):
        words = pl.Series([f"{value * _ODD % 2**32:08x}" for value in range(_distinct(place, num_rows))])
        columns[name] = words[_skewed(rng, num_rows, place)]
    for place, name in enumerate(WIDE):
        ids = rng.integers(-(2**63), 2**63 - 1, _distinct(place, num_rows))
        columns[name] = ids[_skewed(rng, num_rows, place)]
    columns |= {name: _skewed(rng, num_rows, place) for place, name in enumerate(SMALL)}
    columns |= _dense_and_labels(rng, num_rows, np.float64)
    missing = {name: pl.Series(rng.random(num_rows) < 0.05) for name in NULLS}
    return pl.DataFrame(columns).with_columns(
        pl.when(~rows).then(pl.col(name)).alias(name) for name, rows in missing.items()
    )


def schema(categorical: tuple[str, ...], numeric: tuple[str, ...] = DENSE) -> Schema:
    """Features of these columns, every value with a code of its own, and the two binary tasks."""
    features: list[dict[str, Any]] = [{"name": name, "kind": "categorical", "min_count": 1} for name in categorical]
    features += [{"name": name, "kind": "numeric"} for name in numeric]
    return Schema.model_validate({"features": features, "tasks": [{"name": name, "kind": "binary"} for name in TASKS]})


def write_tables(folder: Path, num_rows: int) -> None:
    """Write encoded.parquet and raw.parquet, with the compression and dictionaries that Polars chooses."""
    encoded_table(num_rows).write_parquet(folder / "encoded.parquet")
    raw_table(num_rows).write_parquet(folder / "raw.parquet")


def _distinct(place: int, num_rows: int) -> int:
    return min(DISTINCT[place % len(DISTINCT)], num_rows)


def _skewed(rng: np.random.Generator, num_rows: int, place: int) -> np.ndarray:
    """Numbers [B] below the distinct values of a column, small ones more often."""
    return (_distinct(place, num_rows) * rng.random(num_rows) ** 3).astype(np.int64)


def _dense_and_labels(rng: np.random.Generator, num_rows: int, dtype: type[np.floating[Any]]) -> dict[str, np.ndarray]:
    dense = {name: rng.lognormal(size=num_rows).astype(dtype) for name in DENSE}
    return dense | {name: rng.integers(0, 2, num_rows).astype(dtype) for name in TASKS}
