"""A decision, and the columns of the log. Names and meanings of id, source and time are those of CloudEvents 1.0."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

PREDICTION: Final = "prediction."
"""What names of columns of predictions begin with."""

TEXTS: Final = pa.list_(pa.string())
PLACES: Final = pa.list_(pa.int32())
FLOATS: Final = pa.list_(pa.float32())

COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "id": pa.string(),
    "source": pa.string(),
    "time": pa.timestamp("us", "UTC"),
    "unit": pa.string(),
    "arm": pa.string(),
    "tier": pa.string(),
    "reason": pa.string(),
    "bundle": pa.string(),
    "model_seconds": pa.float32(),
    "batch_age_hours": pa.float32(),
    "batch_tasks": TEXTS,
    "sample_rate": pa.float64(),
    "candidates": TEXTS,
    "order": PLACES,
    "score": FLOATS,
}
"""Columns before those of the predictions."""

METADATA: Final = {"specversion": "1.0", "type": "taskfusion.decision"}
"""What CloudEvents has once per event and is the same for all."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was answered to one request.

    Attributes:
        id: of the request; that of a shadow is the same.
        time_us: microseconds since 1970 when it came.
        names: of the predictions, one tuple for all decisions of a bundle.
        scored: a packed Scored.
        tier: that answered.
        arm: of the unit; None: there is no experiment.
        reason: why a tier before it did not answer; None: it is the first.
        bundle: fingerprint of the model, or that the prior answered.
        model_seconds: that the model took; None: no model answered.
        batch_age_hours: of the scores made in batch; None: nothing came from there.
        batch_tasks: of which predictions came from there; None: of none.
    """

    id: str
    time_us: int
    names: tuple[str, ...]
    scored: bytes
    tier: str
    arm: str | None = None
    reason: str | None = None
    bundle: str | None = None
    model_seconds: float | None = None
    batch_age_hours: float | None = None
    batch_tasks: tuple[str, ...] | None = None


def schema_of(names: Iterable[str]) -> pa.Schema:
    """Columns of a file whose decisions have these predictions."""
    fields = [*COLUMNS.items(), *((f"{PREDICTION}{name}", FLOATS) for name in names)]
    return pa.schema(fields, metadata=METADATA)
