"""A table that audit finds nothing to fix in, and faults to plant in it."""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import polars as pl

from taskfusion.inspect.audit.rows import AuditRows, read_audit_rows
from taskfusion.schema.schema import Schema

DAYS, A_DAY = 10, 600
SCHEMA = Schema.model_validate(
    {
        "features": [
            {"name": "user_id", "kind": "categorical", "role": "user"},
            {"name": "item_id", "kind": "categorical", "role": "item"},
            {"name": "device", "kind": "categorical"},
            {"name": "age", "kind": "numeric"},
            {"name": "tags", "kind": "multi_categorical"},
        ],
        "tasks": [{"name": "click", "kind": "binary"}, {"name": "like", "kind": "binary"}],
        "group": "user_id",
    }
)
Change = Callable[[pl.DataFrame], pl.DataFrame]


@cache
def clean_log() -> pl.DataFrame:
    """Impressions of ten days; a like comes only with a click."""
    rng = np.random.default_rng(0)
    rows = DAYS * A_DAY
    user, item = rng.integers(0, 200, rows), rng.integers(0, 50, rows)
    click = rng.random(rows) < 0.3 + 0.002 * item
    seconds = np.repeat(np.arange(DAYS), A_DAY) * 86_400 + np.tile(np.arange(A_DAY), DAYS) * 100
    return pl.DataFrame(
        {
            "user_id": user,
            "item_id": [f"i{k}" for k in item],
            "time": pl.Series(1_704_067_200_000 + seconds * 1000).cast(pl.Datetime("ms")),
            "device": np.array(["ios", "android", "web"])[user % 3],
            "age": rng.normal(40, 10, 200)[user],
            "tags": [["a", "b"][: 1 + k % 2] for k in item],
            "click": click.astype(np.int8),
            "like": (click & (rng.random(rows) < 0.4)).astype(np.int8),
        }
    )


def tables(change: Change = lambda log: log, late: Change = lambda log: log) -> Mapping[str, pl.LazyFrame]:
    """Eight days for training, one for validation, one for test.

    Args:
        change: of all rows.
        late: of validation and test rows.
    """
    log = change(clean_log())
    day = log["time"].dt.day()
    return {
        "train": log.filter(day <= 8).lazy(),
        "validation": late(log.filter(day == 9)).lazy(),
        "test": late(log.filter(day == 10)).lazy(),
    }


def audit_rows(change: Change = lambda log: log, late: Change = lambda log: log) -> AuditRows:
    """What checks read of these tables."""
    return read_audit_rows(tables(change, late), SCHEMA, None)
