"""Columns whose values are the segments that a model is judged in: those that a user names, else a plain choice.

Axes: B rows, G groups.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.base.nearest import did_you_mean
from taskfusion.data.vocabulary import Vocabulary
from taskfusion.evaluate.segment import SegmentColumn
from taskfusion.inspect.audit.rows import AuditRows, Integers, Mask, low_cardinality
from taskfusion.report import number
from taskfusion.schema.feature import NumericFeature

MOST_VALUES: Final = 12
"""Of a column whose values are segments as they are; of other texts the most frequent are, and the rest together."""

MOST_COLUMNS: Final = 8
BANDS: Final = 4
HISTORY: Final = (1, 10, 100)
"""Training rows of a group from which it is in the next band."""

_HISTORY_NAMES: Final = ("none", "1 to 9", "10 to 99", "100 or more")


def segment_columns(rows: AuditRows, in_B: Mask, named: Sequence[str]) -> tuple[list[SegmentColumn], list[str]]:
    """The columns for some rows, and the names of those that would do too but are too many.

    Left to themselves: how often the group, such as the user, is in training rows; then features of users and contexts,
    at first those of few values, then numbers in bands that hold a quarter of the training rows each.

    Args:
        rows: of all splits.
        in_B: the rows that are judged.
        named: features or columns of the table, or the group; empty: chosen as said.

    Raises:
        DataError: a name is neither, or the values of a column are lists.
    """
    if named:
        return [_named(rows, in_B, name) for name in dict.fromkeys(named)], []
    found = [one for one in _chosen(rows, in_B) if len(np.unique(one.code_B[one.code_B >= 0])) > 1]
    return found[:MOST_COLUMNS], [one.name for one in found[MOST_COLUMNS:]]


def _chosen(rows: AuditRows, in_B: Mask) -> Iterator[SegmentColumn]:
    if rows.encoded.group_B is not None:
        yield _history(rows, in_B)
    features = [feature for feature in rows.schema.features if feature.role in ("user", "context")]
    few = _few(rows)
    for feature in features:
        if feature.name in few:
            yield _coded(rows, in_B, feature.name, few[feature.name])
    for feature in features:
        is_number = isinstance(feature, NumericFeature) and not feature.length and feature.name not in few
        if is_number and rows.frame[feature.source].dtype.is_numeric():
            yield _of_values(rows, in_B, feature.name, feature.source)


def _few(rows: AuditRows) -> dict[str, int]:
    """Features of few values with a name each, and their columns in ids_BF."""
    layout, tables = rows.encoder.layout, rows.encoder.tables
    return {
        name: column
        for name, column in low_cardinality(rows, MOST_VALUES)
        if isinstance(tables[layout.tables[layout.ids[column]].name], Vocabulary)
    }


def _named(rows: AuditRows, in_B: Mask, name: str) -> SegmentColumn:
    few, columns = _few(rows), rows.frame.columns
    if name == rows.schema.group:
        return _history(rows, in_B)
    if name in few:
        return _coded(rows, in_B, name, few[name])
    source = next((feature.source for feature in rows.schema.features if feature.name == name), name)
    if source not in columns:
        raise DataError(
            f"--segment should name a feature or a column of the table, but '{name}' is none"
            f"{did_you_mean(name, [*columns, *(feature.name for feature in rows.schema.features)])}"
        )
    if rows.frame[source].dtype.is_nested():
        raise DataError(f"--segment should name a column of single values, but '{name}' holds lists or structs")
    return _of_values(rows, in_B, name, source)


def _history(rows: AuditRows, in_B: Mask) -> SegmentColumn:
    """How many training rows the group of a row has."""
    cluster_B = rows.clusters()
    count_G = np.bincount(cluster_B[rows.of_split("train")], minlength=int(cluster_B.max()) + 1)
    band_B = np.searchsorted(HISTORY, count_G[cluster_B[in_B]], side="right").astype(np.int64)
    return SegmentColumn(f"training rows of {rows.schema.group}", band_B, _HISTORY_NAMES)


def _coded(rows: AuditRows, in_B: Mask, name: str, column: int) -> SegmentColumn:
    codes, code_B = np.unique(rows.encoded.ids_BF[in_B, column], return_inverse=True)
    return SegmentColumn(name, code_B.astype(np.int64), tuple(rows.encoder.value_of(name, int(code)) for code in codes))


def _of_values(rows: AuditRows, in_B: Mask, name: str, source: str) -> SegmentColumn:
    """By the values of a column of the table: as they are where they are few, numbers in bands, else the frequent."""
    values = rows.frame[source]
    if values.dtype.is_numeric():
        values = values.cast(pl.Float64).fill_nan(None)
        if values.n_unique() > MOST_VALUES:
            return _bands(name, values.filter(pl.Series(rows.of_split("train"))), values.filter(pl.Series(in_B)))
    shown = values.filter(pl.Series(in_B))
    texts = shown.map_elements(lambda value: f"{value:g}", pl.String) if shown.dtype.is_float() else shown
    texts = texts.cast(pl.String).fill_null("missing")
    ranked = texts.value_counts(sort=True)[texts.name].to_list()
    kept = sorted(ranked[:MOST_VALUES])
    place = {value: index for index, value in enumerate(kept)}
    code_B = np.array([place.get(value, len(kept)) for value in texts], dtype=np.int64)
    return SegmentColumn(name, code_B, (*kept, "other values"))


def _bands(name: str, train: pl.Series, values: pl.Series) -> SegmentColumn:
    known = train.drop_nulls().to_numpy()
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BANDS + 1)[1:-1])) if len(known) else np.zeros(0)
    texts = [_short(number.significant(float(edge), 3)) for edge in edges]
    names = [f"{low} to {high}" for low, high in itertools.pairwise(texts)]
    if texts:
        names = [f"up to {texts[0]}", *names, f"above {texts[-1]}"]
    gap_B = values.is_null().to_numpy()
    code_B: Integers = np.searchsorted(edges, values.fill_null(0).to_numpy(), side="left").astype(np.int64)
    return SegmentColumn(name, np.where(gap_B, len(edges) + 1, code_B), (*(names or ["all"]), "missing"))


def _short(text: str) -> str:
    """A number without needless zeros after the point."""
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
