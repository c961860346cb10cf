"""Which columns describe the user or the item of a row: those that an id determines."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl
import polars.selectors as cs

from taskfusion.inspect.init.column import Column

LEAST_EXPECTED_CHANGES = 20.0  # changes that chance would give, from which seeing none means dependence


def with_entities(columns: Sequence[Column], sample: pl.DataFrame, ids: dict[str, str]) -> list[Column]:
    """The columns with the entity that they describe.

    A column belongs to an id where it never changes between two rows of one id, although it would have changed at
    least 20 times by chance. Rows without a value count nowhere.

    Args:
        columns: of the sample.
        sample: its rows.
        ids: "user" and "item" -> their columns, as far as there are any.
    """
    sample = sample.with_columns(cs.float().fill_nan(None))
    shuffled = sample.sample(fraction=1.0, shuffle=True, seed=0)
    by_id = {entity: (name, sample.filter(pl.col(name).is_not_null()).sort(name)) for entity, name in ids.items()}
    found = [_entity(column.name, shuffled, by_id) for column in columns]
    return [
        replace(column, entity=entity, changes_within=changing)
        for column, (entity, changing) in zip(columns, found, strict=True)
    ]


def _entity(
    name: str, shuffled: pl.DataFrame, by_id: Mapping[str, tuple[str, pl.DataFrame]]
) -> tuple[str | None, frozenset[str]]:
    """The first id that determines a column, and those before it in whose rows it changes, given the rows in random
    order and in the order of each id.
    """
    if shuffled.schema[name] == pl.Object:
        return None, frozenset()
    values = shuffled[name].drop_nulls()
    chance = int(_changes(values).sum()) / max(len(values), 1)
    changing: set[str] = set()
    for entity, (id_column, ordered) in by_id.items():
        known = ordered.filter(pl.col(name).is_not_null())
        is_repeat = ~_changes(known[id_column])
        is_same = not (_changes(known[name]) & is_repeat).any()
        if is_same and chance * int(is_repeat.sum()) >= LEAST_EXPECTED_CHANGES:
            return entity, frozenset(changing)
        if not is_same:
            changing.add(entity)
    return None, frozenset(changing)


def _changes(values: pl.Series) -> pl.Series:
    """Where a value differs from the one before; the first one does not."""
    frame = values.alias("value").to_frame()
    changed = pl.col("value").ne_missing(pl.col("value").shift(1))
    return frame.select(changed & (pl.int_range(pl.len()) > 0)).to_series()
