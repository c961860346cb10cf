"""Features that know too much of a label."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from taskfusion.data.encode import encode_examples
from taskfusion.data.layout import InputLayout
from taskfusion.data.rows import EncodedRows
from taskfusion.inspect.check.profile import Profile
from taskfusion.inspect.leakage import NEARLY_ALL, Implication, find_implications, find_leaks
from taskfusion.report.finding.words import finding_words
from taskfusion.run.record.audit import FindingValue
from taskfusion.schema.schema import Schema

LEAK: Final = "it looks like a leak"


def leak(profile: Profile) -> Iterator[tuple[str, str]]:
    """Features that alone predict a label almost perfectly, or one of whose values does; each with what was seen."""
    schema = profile.experiment.table_schema
    rows = encode_examples(profile.train.sample, profile.encoder, schema)
    for kind, values in leaks_in(profile.train.sample, rows, profile.encoder.layout, schema):
        words = finding_words(kind, values)
        yield words.subject, f"{LEAK}: {words.seen}; {words.advice}"


def leaks_in(
    frame: pl.DataFrame, rows: EncodedRows, layout: InputLayout, schema: Schema
) -> Iterator[tuple[str, dict[str, FindingValue]]]:
    """Features of training rows that give a label away: the kind of each finding, and what its sentences name.

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
        yield "leak", {"feature": feature, "tasks": ", ".join(tasks)}
    seen = {(one.feature, one.task) for one in leaks}
    for implied in find_implications(rows, layout, schema.tasks):
        if (implied.feature, implied.task) not in seen:
            yield _implication(implied, frame, schema)


def _implication(found: Implication, frame: pl.DataFrame, schema: Schema) -> tuple[str, dict[str, FindingValue]]:
    """What a value tells of a label."""
    source = next(feature.source for feature in schema.features if feature.name == found.feature)
    values = frame[source].filter(pl.Series(found.rows_B))
    is_one = not values.dtype.is_nested() and values.n_unique() == 1
    value = values[0] if is_one else None
    where = "several" if not is_one else "missing" if value is None else "value"
    is_of_positives = found.positives >= NEARLY_ALL
    return f"leak.{where}.{'positives' if is_of_positives else 'rows'}", {
        "feature": found.feature,
        "task": found.task,
        "value": f"{value!s:.40}",
        "yes_part": found.positives if is_of_positives else found.rate,
        "rows_part": found.share,
    }
