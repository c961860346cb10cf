"""Decisions to a record batch: columns from whole arrays, never row by row.

Axes: R decisions, C predictions, N candidates of all decisions of a batch.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from taskfusion.serve.decision.record import COLUMNS, FLOATS, PLACES, PREDICTION, TEXTS, Decision
from taskfusion.serve.worker.ids import IdKind, PackedIds
from taskfusion.serve.worker.scored import Scored

_HASH_LETTERS: Final = 32  # 128 bits: no two of 10^15 units meet


def record_batch(
    decisions: Sequence[Decision], schema: pa.Schema, source: str, sample_rate: float, salt: str | None
) -> pa.RecordBatch:
    """A batch of the decisions.

    Args:
        decisions: all with the same names of predictions.
        schema: of the file, with these predictions and perhaps others, which are null.
        source: that answered.
        sample_rate: share of the requests that are logged.
        salt: secret with which units are hashed; None: they are written as they are.
    """
    scored = [Scored.take(one.scored) for one in decisions]
    offset_R = _offsets(len(one.ids) for one in scored)
    prediction_CN = np.concatenate([one.prediction_CB for one in scored], axis=1)
    num_rows = len(decisions)
    found: dict[str, Any] = {
        "id": [one.id for one in decisions],
        "source": [source] * num_rows,
        "time": np.asarray([one.time_us for one in decisions], dtype="datetime64[us]"),
        "unit": [_unit(one.unit, salt) for one in scored],
        "arm": [one.arm for one in decisions],
        "tier": [one.tier for one in decisions],
        "reason": [one.reason for one in decisions],
        "bundle": [one.bundle for one in decisions],
        "model_seconds": [one.model_seconds for one in decisions],
        "sample_rate": np.full(num_rows, sample_rate),
    }
    columns = {name: pa.array(values, type=COLUMNS[name]) for name, values in found.items()}
    columns["candidates"] = _lists(offset_R, texts([PackedIds.of(one.ids) for one in scored]), TEXTS)
    order_N = np.concatenate([one.order_K for one in scored])
    columns["order"] = _lists(_offsets(len(one.order_K) for one in scored), pa.array(order_N), PLACES)
    columns["score"] = _lists(offset_R, pa.array(np.concatenate([one.score_B for one in scored])), FLOATS)
    for name, prediction_N in zip(decisions[0].names, prediction_CN, strict=True):
        columns[f"{PREDICTION}{name}"] = _lists(offset_R, pa.array(prediction_N), FLOATS)
    absent = [name for name in schema.names if name not in columns]
    columns |= {name: pa.nulls(num_rows, schema.field(name).type) for name in absent}
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)


def texts(ids: Sequence[PackedIds]) -> pa.Array:
    """Ids of several requests as texts, one after the other; [N]."""
    kinds = {one.kind for one in ids}
    if kinds == {IdKind.TEXT}:
        length_N = np.concatenate([np.frombuffer(one.content, np.int32, len(one)) for one in ids])
        offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(length_N, dtype=np.int32)])
        content = b"".join([one.content[4 * len(one) :] for one in ids])
        return pa.StringArray.from_buffers(len(length_N), pa.py_buffer(offsets), pa.py_buffer(content))
    if kinds == {IdKind.WHOLE}:
        return pa.array(np.concatenate([np.frombuffer(one.content, np.int64) for one in ids])).cast(pa.string())
    plain = chain.from_iterable(ids)
    return pa.array([None if one is None else str(one) for one in plain], type=pa.string())


def hashed(unit: str, salt: str) -> str:
    """The first 128 bits of HMAC-SHA256 of a unit, hexadecimal: nobody without the salt can tell whose it is."""
    return hmac.digest(salt.encode(), unit.encode(), hashlib.sha256).hex()[:_HASH_LETTERS]


def _unit(unit: int | str | None, salt: str | None) -> str | None:
    text = None if unit is None else str(unit)
    return text if text is None or salt is None else hashed(text, salt)


def _offsets(lengths: Iterable[int]) -> npt.NDArray[np.int32]:
    return np.cumsum([0, *lengths], dtype=np.int32)


def _lists(offset_R: npt.NDArray[np.int32], values: pa.Array, kind: pa.DataType) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(offset_R), values, type=kind)
