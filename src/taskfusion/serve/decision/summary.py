"""What a decision log holds: how many decisions, from when to when, and by whom and why they were made."""

from pathlib import Path

import polars as pl
from pydantic import Field

from taskfusion.base.errors import DataError
from taskfusion.base.files import atomic_file
from taskfusion.base.lock import only_writer
from taskfusion.base.record import Record
from taskfusion.serve.decision.record import PREDICTION

GROUP = ("tier", "reason", "arm", "bundle")
"""Columns that decisions are counted by."""


class DecisionGroup(Record):
    """Decisions that were made alike."""

    tier: str = Field(description="That answered.")
    reason: str | None = Field(description="Why a tier before it did not; null: it is the first.")
    arm: str | None = Field(description="Of an experiment; null: there was none.")
    bundle: str | None = Field(description="Fingerprint of the model; null: no model answered.")
    decisions: int = Field(description="Rows of the log.")
    requests: float = Field(description="Requests that they stand for: 1 over the rate of the sample each.")
    model_seconds: float | None = Field(description="Median seconds of the model; null: no model answered.")
    first: str = Field(description="Time of the first one, ISO 8601.")
    last: str = Field(description="Time of the last one.")


class DecisionSummary(Record):
    """What a decision log holds."""

    decisions: int = Field(description="Rows of the log.")
    requests: float = Field(description="Requests that they stand for.")
    candidates: float | None = Field(description="Mean number of candidates that were scored; null: no decisions.")
    sources: list[str] = Field(description="Servers that answered.")
    predictions: list[str] = Field(description="Names of all predictions.")
    first: str | None = Field(description="Time of the first decision, ISO 8601; null: no decisions.")
    last: str | None = Field(description="Time of the last decision.")
    groups: list[DecisionGroup] = Field(description="By who answered and why, most frequent first.")


def summary(log: pl.LazyFrame) -> DecisionSummary:
    """Count the decisions of a log, as read_decisions gives it."""
    times = [pl.col("time").min().alias("first"), pl.col("time").max().alias("last")]
    counts = [pl.len().alias("decisions"), (1 / pl.col("sample_rate")).sum().alias("requests")]
    seconds = pl.col("model_seconds").median().cast(pl.Float64)
    grouped = log.group_by(GROUP).agg(*counts, seconds, *times)
    candidates = pl.col("candidates").list.len().mean()
    whole = log.select(*counts, candidates, pl.col("source").unique().sort().implode(), *times)
    groups, totals = pl.collect_all([grouped.sort("decisions", *GROUP, descending=True), whole], engine="streaming")
    total = totals.row(0, named=True)
    return DecisionSummary(
        decisions=total["decisions"],
        requests=total["requests"],
        candidates=total["candidates"],
        sources=total["source"],
        predictions=[
            name.removeprefix(PREDICTION) for name in log.collect_schema().names() if name.startswith(PREDICTION)
        ],
        first=total["first"] and total["first"].isoformat(),
        last=total["last"] and total["last"].isoformat(),
        groups=[
            DecisionGroup(**{**row, "first": row["first"].isoformat(), "last": row["last"].isoformat()})
            for row in groups.iter_rows(named=True)
        ],
    )


def write_decisions(log: pl.LazyFrame, path: Path) -> None:
    """Write all decisions as one Parquet file, whole or not at all.

    Raises:
        DataError: something is at the path.
        RunError: another process writes it.
        StorageError: it cannot be written.
    """
    with only_writer(path):
        if path.exists():
            raise DataError(f"'{path}' exists already; name another file with --out")
        with atomic_file(path) as temporary:
            log.sink_parquet(temporary)
