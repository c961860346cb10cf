"""Score a table of any size into a directory of Parquet parts; the same call goes on where it was stopped.

One thread reads. Workers, as many as there are cores, encode blocks and run the graphs, which releases Python's lock.
No more blocks are read than are worked on or wait for their part, so memory does not grow with the table.
"""

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.base.files import from_home
from taskfusion.base.lock import only_writer
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.refusal import require_columns
from taskfusion.data.table import count_rows, require_rows, scan
from taskfusion.schema.feature import CategoricalFeature
from taskfusion.schema.schema import Schema
from taskfusion.serve.batch.block import BlockScorer, Count, ScoredBlock
from taskfusion.serve.batch.folder import ScoreFolder
from taskfusion.serve.batch.record import ScoreRecord
from taskfusion.serve.batch.source import ORIGIN, Piece, Source, input_files
from taskfusion.serve.scorer import Scorer

ROW: Final = "row"
"""Column with the row of the table, counted from 0 over all its files."""

BLOCK_ROWS: Final = 16_384
PART_ROWS: Final = 262_144

_WAITING: Final = 2
"""Blocks that are read and wait for a worker."""


class BatchProgress(Protocol):
    """Hears how far scoring is."""

    def on_rows(self, done: int, total: int, new: int) -> None:
        """So many of all rows are scored, so many of them in this call."""
        ...


@dataclass(frozen=True)
class Cut:
    """How a table is cut, which changes no prediction.

    Attributes:
        part_rows: rows of every part but the last.
        block_rows: rows that one worker scores at once.
        workers: threads that score; None: as many as there are cores for this process.
    """

    part_rows: int = PART_ROWS
    block_rows: int = BLOCK_ROWS
    workers: int | None = None


def score_table(
    bundle: Path,
    data: str | Path,
    out: Path,
    keep: Sequence[str] | None = None,
    cut: Cut | None = None,
    progress: BatchProgress | None = None,
) -> ScoreRecord:
    """Write the predictions of every row of a table.

    Args:
        bundle: a directory made by taskfusion export.
        data: a file, a directory or a pattern, of any kind that can be read.
        out: the directory of the parts.
        keep: columns of the table beside the predictions; None: the group, and the ids of user and item.
        cut: how the table is cut.
        progress: hears how far it is.

    Raises:
        DataError: the table is not usable, or lacks a column.
        RunError: the bundle is damaged; or the directory was begun with another bundle or table, or a part of it was
            changed, or another process writes it.
        StorageError: a part cannot be written.
    """
    cut, begun = cut or Cut(), _Clock()
    scorer = BlockScorer(Scorer.load(bundle))
    frame = scan(data, scorer.encoder.text_columns)
    columns = frame.collect_schema().names()
    kept = kept_columns(scorer.schema, scorer.encoder, columns) if keep is None else list(keep)
    require_columns(columns, {**scorer.columns, **dict.fromkeys(kept, "--keep")}, ORIGIN)
    _require_names(kept, scorer.schema.prediction_names)
    num_rows = count_rows(frame)
    require_rows(num_rows, ORIGIN)
    plan = ScoreRecord(
        bundle=str(from_home(bundle)),
        fingerprint=scorer.engine.record.fingerprint,
        inputs=input_files(data),
        begun=datetime.now(UTC).replace(microsecond=0),
        rows=num_rows,
        rows_per_part=cut.part_rows,
        row_column=ROW,
        kept=kept,
        predictions=list(scorer.schema.prediction_names),
        parts=[],
        counts={},
        features=[],
        seconds=0.0,
        cpu_seconds=0.0,
        rows_per_cpu_second=0.0,
    )
    needed = list(dict.fromkeys([*kept, *scorer.columns]))
    with only_writer(out):
        folder = ScoreFolder(out, plan)
        skips = all(file.name.endswith((".parquet", ".pq")) for file in plan.inputs)
        source = Source(frame.select(needed), num_rows, cut.part_rows, skips)
        try:
            return _score(scorer, source, folder, cut, begun, progress)
        finally:
            folder.leave()


def kept_columns(schema: Schema, encoder: FeatureEncoder, columns: Sequence[str]) -> list[str]:
    """The columns by which people know a row: the group, and of the features of users and of items the one with the
    most values.
    """
    found = [schema.group] if schema.group in columns else []
    for role in ("user", "item"):
        ids = [f for f in schema.features if isinstance(f, CategoricalFeature) and f.role == role and f.part is None]
        if ids:
            found.append(max(ids, key=lambda feature: encoder.tables[feature.table].num_codes).source)
    return list(dict.fromkeys(name for name in found if name is not None and name != ROW))


def _require_names(kept: Sequence[str], predictions: Sequence[str]) -> None:
    taken = [ROW, *predictions]
    clash = next((name for place, name in enumerate(kept) if name in taken or name in kept[:place]), None)
    if clash is not None:
        raise DataError(
            f"the columns of a part should have names that differ, but --keep names '{clash}', which is there already; "
            f"leave it out, or rename the column in the table"
        )
    if ROW in predictions:
        raise DataError(f"a task is called '{ROW}', as the column of row numbers is; rename the task and train again")


class _Clock:
    """Seconds and CPU seconds since the last question."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def lap(self) -> tuple[float, float]:
        wall, cpu = time.monotonic(), time.process_time()
        found = wall - self._wall, cpu - self._cpu
        self._wall, self._cpu = wall, cpu
        return found


@dataclass
class _OpenPart:
    """The blocks of a part that are scored so far; they come in order."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=dict)
    rows: int = 0

    def add(self, kept: pl.DataFrame, scored: ScoredBlock) -> None:
        self.frames.append(kept.hstack(scored.predictions))
        self.rows += len(kept)
        none = Count(0)
        for name, new in scored.counts.items():
            old = self.counts.get(name, none)
            self.counts[name] = Count(old.missing + new.missing, old.values + new.values, old.unseen + new.unseen)


def _score(
    scorer: BlockScorer, source: Source, folder: ScoreFolder, cut: Cut, clock: _Clock, progress: BatchProgress | None
) -> ScoreRecord:
    """Score the parts that are missing."""
    missing = folder.missing(source.num_parts)
    if not missing and folder.is_complete:
        return folder.record
    before = source.rows - sum(map(source.rows_of, missing))
    new, part = 0, _OpenPart()
    pieces = source.pieces(missing, cut.block_rows)
    for piece, scored in _scored(scorer, pieces, cut.workers or usable_cores()):
        part.add(_numbered(piece, folder.record.kept), scored)
        new += len(piece.frame)
        if part.rows == source.rows_of(piece.part):
            folder.add(piece.part, pl.concat(part.frames), part.counts, *clock.lap())
            part = _OpenPart()
        if progress is not None:
            progress.on_rows(before + new, source.rows, new)
    return folder.finish()


def _numbered(piece: Piece, kept: Sequence[str]) -> pl.DataFrame:
    """The columns before the predictions."""
    rows = pl.int_range(piece.first_row, piece.first_row + len(piece.frame), dtype=pl.Int64, eager=True)
    return pl.DataFrame([rows.alias(ROW), *(piece.frame[name] for name in kept)])


def _scored(scorer: BlockScorer, pieces: Iterator[Piece], workers: int) -> Iterator[tuple[Piece, ScoredBlock]]:
    """Each piece with what it scores, in order."""
    waiting: list[tuple[Piece, Future[ScoredBlock]]] = []
    with _pool(workers) as pool:
        for piece in pieces:
            waiting.append((piece, pool.submit(scorer.score, piece.frame)))
            if len(waiting) >= workers + _WAITING:
                first, future = waiting.pop(0)
                yield first, future.result()
        for piece, future in waiting:
            yield piece, future.result()


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that begin nothing more where the block is left early."""
    pool = ThreadPoolExecutor(workers, "score")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
