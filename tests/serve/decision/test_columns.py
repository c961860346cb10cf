"""A batch holds what the decisions say, value by value."""

import hashlib
import hmac
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serve.decisions import NAMES, decision, decisions, scored
from taskfusion.serve.decision.columns import hashed, ids_as_texts, record_batch
from taskfusion.serve.decision.record import Decision, schema_of
from taskfusion.serve.worker.ids import Id, PackedIds
from taskfusion.serve.worker.scored import Scored


def _text(value: Id) -> str | None:
    return None if value is None else str(value)


def _row(one: Decision, names: tuple[str, ...]) -> dict[str, Any]:
    """A row, made value by value."""
    found = Scored.take(one.scored)
    return {
        "id": one.id,
        "source": "here",
        "time": one.time_us,
        "unit": _text(found.unit),
        "arm": one.arm,
        "tier": one.tier,
        "reason": one.reason,
        "bundle": one.bundle,
        "model_seconds": one.model_seconds,
        "batch_age_hours": None if one.batch_age_hours is None else float(np.float32(one.batch_age_hours)),
        "batch_tasks": None if one.batch_tasks is None else list(one.batch_tasks),
        "sample_rate": 0.5,
        "candidates": [_text(id) for id in found.ids],
        "order": found.order_K.tolist(),
        "score": found.score_B.tolist(),
        **{f"prediction.{name}": None for name in names},
        **{f"prediction.{name}": row.tolist() for name, row in zip(NAMES, found.prediction_CB, strict=True)},
    }


@given(st.lists(decisions(), min_size=1, max_size=5))
def test_it_is_what_the_decisions_say(given_ones: list[Decision]) -> None:
    names = (*NAMES, "another")
    batch = record_batch(given_ones, schema_of(names), "here", 0.5, None)
    batch.validate(full=True)
    place = batch.schema.get_field_index("time")
    plain = batch.set_column(place, "time", batch["time"].cast("int64"))
    assert plain.to_pylist() == [_row(one, names) for one in given_ones]


@given(st.lists(st.lists(st.none() | st.text(st.characters(codec="utf-8")) | st.integers(0, 2**64 - 1)), max_size=4))
def test_ids_of_any_types_are_texts(requests: list[list[Id]]) -> None:
    found = ids_as_texts([PackedIds.of(ids) for ids in requests])
    found.validate(full=True)
    assert found.to_pylist() == [_text(one) for ids in requests for one in ids]


def test_units_are_hashed_where_there_is_a_salt() -> None:
    ones = [decision("a"), Decision("b", 0, NAMES, scored(unit=None).packed(), "primary")]
    found = record_batch(ones, schema_of(NAMES), "here", 1.0, "a secret")
    expected = hmac.new(b"a secret", b"7", hashlib.sha256).hexdigest()[:32]
    assert found["unit"].to_pylist() == [expected, None]
    assert hashed("7", "another salt") != expected
