"""A table of labelled rows, scored by a model, to the reference that its traffic is held against.

Axes: B rows, C values of a label that is one of several.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.data.column import transformed
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.hashing import stable_hash
from taskfusion.data.label import label_frame, label_roots
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import collect, count_rows, read_blocks, require_rows
from taskfusion.schema.coded import needed_columns
from taskfusion.schema.schema import Schema
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.serve.reference import ReferenceFeature, reference_of
from taskfusion.watch.moments import MINUTES_PER_DAY, minutes
from taskfusion.watch.reference.fusion import FusionSource, fusion_reference
from taskfusion.watch.reference.record import OTHER, FusionReference, TaskReference, WatchReference
from taskfusion.watch.reference.segment import FALSE_ALARMS, TaskRows, segment_codes, segment_reference

Floats = npt.NDArray[np.float64]
Predict = Callable[[pl.DataFrame], pl.DataFrame]
"""From rows to the columns of their predictions."""

MOST_ROWS: Final = 2_000_000
MOST_FEATURE_ROWS: Final = 100_000
MOST_FUSION_ROWS: Final = 20_000
MOST_VALUES: Final = 20
BINS: Final = 20


@dataclass(frozen=True)
class ReferenceQuestion:
    """What a reference is made of.

    Attributes:
        schema: of the model's table.
        encoder: of its features.
        predict: its predictions.
        bundle: its fingerprint; None: of any model that has no reference of its own.
        time: column that says when a row was; None: all days are alike.
        request: column whose rows belong together; None: rows are independent.
        segments: columns whose values part rows.
        window: rows of a window.
        fusion: the graph of its fusion levels; None: they are not watched.
    """

    schema: Schema
    encoder: FeatureEncoder
    predict: Predict
    bundle: str | None
    time: str | None
    request: str | None
    segments: Sequence[str]
    window: int
    fusion: FusionSource | None = None


def build_reference(question: ReferenceQuestion, frame: pl.LazyFrame, origin: str) -> WatchReference:
    """Score and count the rows of a table, evenly spread where there are too many.

    Args:
        question: what of.
        frame: the table, with labels.
        origin: what it is called.

    Raises:
        DataError: a column is missing or unusable, or no row has a label of a task.
    """
    names = frame.collect_schema().names()
    extra = dict.fromkeys(question.segments, "a segment")
    extra |= {one: what for one, what in ((question.time, "--time"), (question.request, "--request")) if one}
    needed = needed_columns(question.schema.features)
    require_columns(names, {**needed, **extra}, origin)
    roots = label_roots(question.schema, names)
    num_rows = count_rows(frame)
    require_rows(num_rows, origin)
    chosen = frame.select(*dict.fromkeys([*needed, *extra, *roots])).gather_every(-(-num_rows // MOST_ROWS))
    parts = [_block(question, block) for block in read_blocks(chosen, origin)]
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    request_B = np.unique(rows["request"], return_inverse=True)[1] if question.request else None
    columns = {one: _values(rows[f"segment.{one}"]) for one in question.segments}
    tasks = [_task(question, task, rows, columns, request_B, origin) for task in question.schema.tasks]
    return WatchReference(
        bundle=question.bundle,
        origin=origin,
        rows=len(rows["day"]),
        window=question.window,
        false_alarms=FALSE_ALARMS,
        columns=columns,
        tasks=tasks,
        features=list(_features(question, chosen, origin)),
        fusion=_fusion(question, chosen, len(rows["day"]), origin),
    )


def _block(question: ReferenceQuestion, block: pl.DataFrame) -> dict[str, npt.NDArray[np.generic]]:
    predictions = question.predict(block)
    labels = label_frame(block, question.schema)
    found: dict[str, npt.NDArray[np.generic]] = {
        "day": minutes(block[question.time], "--time") // MINUTES_PER_DAY
        if question.time
        else np.zeros(block.height, dtype=np.int64)
    }
    if question.request:
        found["request"] = stable_hash(block[question.request])
    for column in question.segments:
        found[f"segment.{column}"] = block[column].cast(pl.String).fill_null("").to_numpy()
    for place, task in enumerate(question.schema.tasks):
        own = predictions.select(task.prediction_names).to_numpy().astype(np.float64)
        own = own[:, 0] if own.shape[1] == 1 else own
        predicted_B, observed_B = kind_of(task).balance.numbers(task, own, labels.label_BT[:, place])
        found[f"predicted.{task.name}"] = predicted_B
        found[f"label.{task.name}"] = np.where(labels.weight_BT[:, place] > 0, observed_B, np.nan)
    return found


def _values(values: npt.NDArray[np.generic]) -> list[str]:
    """The most frequent values, in order of their names."""
    distinct, count = np.unique(values.astype(str), return_counts=True)
    most = distinct[np.argsort(-count, kind="stable")[:MOST_VALUES]]
    return sorted(str(one) for one in most)


def _task(
    question: ReferenceQuestion,
    task: Task,
    rows: dict[str, npt.NDArray[np.generic]],
    columns: dict[str, list[str]],
    request_B: npt.NDArray[np.int64] | None,
    origin: str,
) -> TaskReference:
    label_B, predicted_B = rows[f"label.{task.name}"].astype(float), rows[f"predicted.{task.name}"].astype(float)
    if np.isnan(label_B).all():
        raise DataError(f"{origin} should hold labels of task '{task.name}', but none is known; give labelled rows")
    edges = np.unique(np.quantile(predicted_B, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    task_rows = TaskRows(
        kind="probability" if kind_of(task).has_positives else "number",
        label_B=label_B,
        predicted_B=predicted_B,
        bin_B=np.searchsorted(edges, predicted_B),
        bins=len(edges) + 1,
        day_B=rows["day"].astype(np.int64),
        request_B=request_B,
    )
    everyone = np.ones(len(label_B), dtype=bool)
    segments = [segment_reference(None, task_rows, everyone, question.window)]
    for column, values in columns.items():
        code_B = segment_codes(rows[f"segment.{column}"].astype(object), values)
        segments += [
            segment_reference(f"{column}={value}", task_rows, code_B == code, question.window)
            for code, value in enumerate([*values, OTHER])
            if (code_B == code).any()
        ]
    return TaskReference(task=task.name, kind=task_rows.kind, edges=edges.tolist(), segments=segments)


def _features(question: ReferenceQuestion, chosen: pl.LazyFrame, origin: str) -> tuple[ReferenceFeature, ...]:
    rows = collect(chosen.select(*needed_columns(question.schema.features)).head(MOST_FEATURE_ROWS), origin)
    numeric = [encoder.feature for encoder in question.encoder.numeric]
    missing = {one.name: np.isnan(transformed(rows[one.source], one)) for one in numeric}
    encoder = question.encoder
    return reference_of(origin, encoder.encode(rows), encoder.layout, missing, {}, []).features


def _fusion(question: ReferenceQuestion, chosen: pl.LazyFrame, num_rows: int, origin: str) -> FusionReference | None:
    if question.fusion is None:
        return None
    rows = collect(chosen.gather_every(-(-num_rows // MOST_FUSION_ROWS)), origin)
    encoder, schema = question.encoder, question.schema
    request_B = np.arange(rows.height) if question.request is None else stable_hash(rows[question.request])
    return fusion_reference(question.fusion, schema, encoder.layout, encoder.encode(rows), request_B)
