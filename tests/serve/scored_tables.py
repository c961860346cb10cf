"""Directories as taskfusion score leaves them, of rows that a test chooses."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from taskfusion.base.manifest import listed
from taskfusion.base.record import write_artifact
from taskfusion.serve.batch.record import InputFile, Part, ScoreRecord

BEGUN = datetime(2026, 3, 1, 6, tzinfo=UTC)
FINGERPRINT = "b" * 64


def write_scores(folder: Path, frame: pl.DataFrame, kept: list[str], part_rows: int = 7, **changes: Any) -> Path:
    """Write rows of the columns that were kept and of predictions.

    Args:
        folder: made here.
        frame: its columns but for the number of the row.
        kept: columns of it that are no predictions.
        part_rows: rows of every part but the last.
        changes: of the record.
    """
    folder.mkdir()
    parts = []
    for first in range(0, len(frame), part_rows):
        path = folder / f"part-{first // part_rows:05}.parquet"
        part = frame.with_row_index("row").slice(first, part_rows)
        part.write_parquet(path)
        parts.append(Part(name=path.name, first_row=first, rows=len(part), **dict(listed(path))))
    record = ScoreRecord(
        bundle="exported",
        fingerprint=FINGERPRINT,
        inputs=[InputFile(name="table.parquet", bytes=1, sha256="0" * 64)],
        begun=BEGUN,
        rows=max(len(frame), 1),
        rows_per_part=part_rows,
        row_column="row",
        kept=kept,
        predictions=[name for name in frame.columns if name not in kept],
        parts=parts,
        counts={},
        features=[],
        seconds=1.0,
        cpu_seconds=1.0,
        rows_per_cpu_second=1.0,
    )
    write_artifact(folder / "score.json", ScoreRecord(**{**dict(record), **changes}))
    return folder
