"""Features that know too much of a label."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from taskfusion.data.encode import encode_examples
from taskfusion.data.layout import InputLayout
from taskfusion.data.rows import EncodedRows
from taskfusion.inspect.check.profile import Profile
from taskfusion.inspect.init.column import percent
from taskfusion.inspect.leakage import NEARLY_ALL, Implication, find_implications, find_leaks
from taskfusion.schema.schema import Schema

LEAK: Final = "it looks like a leak"
ADVICE: Final = "leave it out unless it is known before the outcome"


def leak(profile: Profile) -> Iterator[tuple[str, str]]:
    """Features that alone predict a label almost perfectly, or one of whose values does; each with what was seen."""
    schema = profile.experiment.table_schema
    rows = encode_examples(profile.train.sample, profile.encoder, schema)
    for feature, seen in leaks_in(profile.train.sample, rows, profile.encoder.layout, schema):
        yield feature, f"{LEAK}: {seen}; {ADVICE}"


def leaks_in(frame: pl.DataFrame, rows: EncodedRows, layout: InputLayout, schema: Schema) -> Iterator[tuple[str, str]]:
    """Features of training rows that give a label away, and how that was seen.

    Args:
        frame: the rows.
        rows: the same, encoded.
        layout: their columns.
        schema: what they mean.
    """
    found: dict[str, list[str]] = {}
    leaks = find_leaks(rows, layout, schema.tasks)
    for one in leaks:
        found.setdefault(one.feature, []).append(f"'{one.task}' ({one.metric} {one.value:.3f})")
    for feature, tasks in found.items():
        yield f"feature '{feature}'", f"alone it predicts {', '.join(tasks)}"
    seen = {(one.feature, one.task) for one in leaks}
    for implied in find_implications(rows, layout, schema.tasks):
        if (implied.feature, implied.task) not in seen:
            yield f"feature '{implied.feature}'", _implication(implied, frame, schema)


def _implication(found: Implication, frame: pl.DataFrame, schema: Schema) -> str:
    """What a value tells of a label, for people."""
    source = next(feature.source for feature in schema.features if feature.name == found.feature)
    values = frame[source].filter(pl.Series(found.rows_B))
    is_one = not values.dtype.is_nested() and values.n_unique() == 1
    where = f"where it is {_value(values[0])}" if is_one else "where it has one of its values"
    if found.positives >= NEARLY_ALL:
        seen = f"{percent(found.positives)} of the positives of '{found.task}' are {where}"
    else:
        seen = f"{where}, '{found.task}' is positive in {percent(found.rate)} of the rows"
    return f"{seen}, and these are {percent(found.share)} of all rows"


def _value(value: object) -> str:
    return "missing" if value is None else f"{value!s:.40}"
