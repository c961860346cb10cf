"""Dependence on an id against a brute-force reading."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.inspect.init.column import profile_columns
from taskfusion.inspect.init.entity import with_entities


@given(st.integers(0, 2**32 - 1))
def test_owners_are_what_grouping_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 400
    user, item = rng.integers(0, 20, rows), rng.integers(0, 15, rows)
    frame = pl.DataFrame(
        {
            "user": user,
            "item": item,
            "age": rng.integers(20, 60, 20)[user],
            "tags": [[f"t{i % 4}"] * (i % 3) for i in item],
            "hour": rng.integers(0, 24, rows),
            "click": rng.integers(0, 2, rows),
            "rare": (np.arange(rows) == 7).astype(int),
        }
    )
    columns = with_entities(profile_columns(frame), frame, {"user": "user", "item": "item"})
    found = {column.name: column.entity for column in columns}
    assert found == {"user": "user", "item": "item", "age": "user", "tags": "item"} | dict.fromkeys(
        ("hour", "click", "rare")
    )
    within = {column.name: column.changes_within for column in columns}
    assert within["hour"] == {"user", "item"}
    assert within["tags"] == {"user"}
    assert within["age"] == within["user"] == frozenset()
    for name, entity in found.items():
        if entity is not None:
            pairs = {(row[entity], str(row[name])) for row in frame.iter_rows(named=True)}
            assert len(pairs) == frame[entity].n_unique()


@pytest.mark.parametrize("missing", [None, math.nan])
def test_rows_without_a_value_do_not_hide_the_owner(missing: float | None) -> None:
    rng = np.random.default_rng(0)
    item = rng.integers(0, 15, 500)
    price = [missing if k % 50 == 0 else float(value) for k, value in enumerate(rng.random(15)[item])]
    click = [None if k % 50 == 0 else int(value) for k, value in enumerate(rng.integers(0, 2, 500))]
    frame = pl.DataFrame({"item": item, "price": price, "click": click, "done": [1, None] * 250})
    found = {column.name: column.entity for column in with_entities(profile_columns(frame), frame, {"item": "item"})}
    assert found == {"item": "item", "price": "item", "click": None, "done": None}
