"""Decisions to a record batch: columns from whole arrays, never row by row.

Axes: C predictions, N candidates of all decisions of a batch, M bytes, Q places in them.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

import numpy as np
import orjson
import pyarrow as pa

from taskfusion.serve.decision.arrays import joined_texts, lists, numbers, texts
from taskfusion.serve.decision.record import COLUMNS, FLOATS, PLACES, PREDICTION, TEXTS, Decision
from taskfusion.serve.worker.ids import PackedIds
from taskfusion.serve.worker.scored import Scored

_QUOTE: Final = ord('"')
_COMMA: Final = ord(",")
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
    columns = {
        **_of_requests(decisions),
        "source": texts([source] * len(decisions)),
        "unit": texts([_unit(one.unit, salt) for one in scored]),
        "sample_rate": numbers(np.full(len(decisions), sample_rate), COLUMNS["sample_rate"]),
        **_of_candidates(scored, decisions[0].names),
    }
    absent = [name for name in schema.names if name not in columns]
    columns |= {name: pa.nulls(len(decisions), schema.field(name).type) for name in absent}
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)


def ids_as_texts(ids: Sequence[PackedIds]) -> pa.Array:
    """Ids of several requests as texts, one after the other; [N].

    Where all are texts, or all are numbers, their JSON without what parts them is the column's content already.
    """
    num_ids = sum(map(len, ids))
    joined = b",".join([one.content[1:-1] for one in ids if len(one)])
    if num_ids and b"\\" not in joined:
        byte_M = np.frombuffer(joined, np.uint8)
        is_kept_M = byte_M != _QUOTE
        quote_Q = np.flatnonzero(~is_kept_M)
        if len(quote_Q) == 2 * num_ids:
            is_kept_M[quote_Q[1:-1:2] + 1] = False  # commas between texts, not those in them
            return joined_texts(quote_Q[1::2] - quote_Q[::2] - 1, byte_M[is_kept_M])
        if len(quote_Q) == 0 and b"null" not in joined:
            is_kept_M = byte_M != _COMMA
            length_N = np.diff(np.flatnonzero(~is_kept_M), prepend=-1, append=len(joined)) - 1
            return joined_texts(length_N, byte_M[is_kept_M])
    plain = orjson.loads(b"[" + joined + b"]")
    return texts([None if one is None else str(one) for one in plain])


def hashed(unit: str, salt: str) -> str:
    """The first 128 bits of HMAC-SHA256 of a unit, hexadecimal: nobody without the salt can tell whose it is."""
    return hmac.digest(salt.encode(), unit.encode(), hashlib.sha256).hex()[:_HASH_LETTERS]


def _of_requests(decisions: Sequence[Decision]) -> dict[str, pa.Array]:
    has_tasks = [one.batch_tasks is not None for one in decisions]
    tasks = [one.batch_tasks or () for one in decisions]
    return {
        "id": texts([one.id for one in decisions]),
        "time": numbers(np.asarray([one.time_us for one in decisions], dtype=np.int64), COLUMNS["time"]),
        "arm": texts([one.arm for one in decisions]),
        "tier": texts([one.tier for one in decisions]),
        "reason": texts([one.reason for one in decisions]),
        "bundle": texts([one.bundle for one in decisions]),
        "model_seconds": _floats([one.model_seconds for one in decisions]),
        "batch_age_hours": _floats([one.batch_age_hours for one in decisions]),
        "batch_tasks": lists(
            [len(one) for one in tasks], texts([task for one in tasks for task in one]), TEXTS, has_tasks
        ),
    }


def _floats(values: Sequence[float | None]) -> pa.Array:
    value_N = np.asarray([np.nan if one is None else one for one in values], dtype=np.float32)
    return numbers(value_N, COLUMNS["model_seconds"], [one is not None for one in values])


def _of_candidates(scored: Sequence[Scored], names: Sequence[str]) -> dict[str, pa.Array]:
    lengths = [len(one.ids) for one in scored]
    prediction_CN = np.concatenate([one.prediction_CB for one in scored], axis=1)
    order_N = numbers(np.concatenate([one.order_K for one in scored]), PLACES.value_type)
    score_N = np.concatenate([one.score_B for one in scored])
    floats = {"score": score_N} | {
        f"{PREDICTION}{name}": prediction_N for name, prediction_N in zip(names, prediction_CN, strict=True)
    }
    return {
        "candidates": lists(lengths, ids_as_texts([PackedIds.of(one.ids) for one in scored]), TEXTS),
        "order": lists([len(one.order_K) for one in scored], order_N, PLACES),
        **{name: lists(lengths, numbers(value_N, FLOATS.value_type), FLOATS) for name, value_N in floats.items()},
    }


def _unit(unit: int | str | None, salt: str | None) -> str | None:
    text = None if unit is None else str(unit)
    return text if text is None or salt is None else hashed(text, salt)
