"""Whether a table that is scored by a command that is killed again and again is the one of a command that is not.

python -m benchmarks.batch_kills [--rows 10000000] [--kills 20] [--write]

The table is that of benchmarks.batch_scoring by request. It is scored once undisturbed, and once by processes that are
killed at points drawn at random over the whole of the work: while files are hashed, rows read and scored, a part or the
record written. The parts of both must hold every row once and in order, and be the same to the byte; where parts differ
in the last bits of a prediction, the largest difference is told.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from benchmarks.__main__ import DOCS, cpu_name, write
from benchmarks.batch_scoring import CANDIDATES, by_request
from benchmarks.rounds import markdown
from benchmarks.serving import ROOT, prepare
from taskfusion.base.files import names_in
from taskfusion.base.record import read_artifact
from taskfusion.serve.batch.record import SCORE, ScoreRecord
from taskfusion.serve.batch.score import PART_ROWS, ROW
from taskfusion.serve.scorer import Scorer

TOLERANCE: Final = 1e-6
"""Largest difference of a prediction, over 1 + |prediction|, that is taken for rounding."""

CHILD: Final = """
import sys
from pathlib import Path
from taskfusion.serve.batch.score import Cut, score_table
bundle, data, out, part_rows, workers = sys.argv[1:]
score_table(Path(bundle), data, Path(out), cut=Cut(part_rows=int(part_rows), workers=int(workers)))
"""


@dataclass(frozen=True)
class Work:
    """What is scored, and how it is cut.

    Attributes:
        bundle: directory made by taskfusion export.
        data: directory of the table.
        rows: of it.
        part_rows: rows of a part.
        workers: threads that score.
    """

    bundle: Path
    data: Path
    rows: int
    part_rows: int
    workers: int

    @property
    def num_parts(self) -> int:
        """Parts of the whole."""
        return -(-self.rows // self.part_rows)

    def start(self, out: Path) -> subprocess.Popen[bytes]:
        """A process that scores into a directory, or goes on there."""
        rest = [str(self.bundle), str(self.data), str(out), str(self.part_rows), str(self.workers)]
        return subprocess.Popen([sys.executable, "-c", CHILD, *rest])


def undisturbed(work: Work, out: Path) -> float:
    """Score the table; the seconds that it took.

    Raises:
        RuntimeError: the process failed.
    """
    begun = time.monotonic()
    _require_well(work.start(out).wait())
    return time.monotonic() - begun


def killed(work: Work, out: Path, kills: int, seconds: float, seed: int = 0) -> int:
    """Score the table in processes that are killed, until one ends by itself.

    Args:
        work: the table.
        out: where to.
        kills: points at which a process is killed, drawn evenly over the parts and within them.
        seconds: that the whole takes undisturbed.
        seed: of the points.

    Returns:
        How many were killed: one that is done sooner than its point comes is not.

    Raises:
        RuntimeError: a process failed by itself.
    """
    rng = random.Random(seed)
    points = sorted(rng.uniform(0, work.num_parts) for _ in range(kills))
    for number, point in enumerate(points):
        process = work.start(out)
        while process.poll() is None and len(list(out.glob("part-*.parquet"))) < int(point):
            time.sleep(0.002)
        time.sleep((point % 1) * seconds / work.num_parts)
        process.kill()
        if process.wait() >= 0:
            _require_well(process.returncode)
            return number
    _require_well(work.start(out).wait())
    return kills


def difference(work: Work, one: Path, other: Path) -> tuple[int, float]:
    """Parts whose bytes differ, and the largest difference of a prediction, over 1 + |prediction|.

    Raises:
        RuntimeError: a row is missing or there twice, a file should not be there, or anything but the last bits of a
            prediction differs.
    """
    records = [read_artifact(path / SCORE, ScoreRecord) for path in (one, other)]
    for path, record in zip((one, other), records, strict=True):
        expected = {SCORE, *(part.name for part in record.parts)}
        if set(names_in(path)) != expected or len(record.parts) != work.num_parts:
            raise RuntimeError(f"'{path}' should hold {work.num_parts} parts and {SCORE}, holds {names_in(path)}")
        _require_rows(path, record, work.rows)
    if records[0].counts != records[1].counts:
        raise RuntimeError(f"the counts of '{one}' and '{other}' should be equal, but differ")
    pairs = zip(records[0].parts, records[1].parts, strict=True)
    unequal = [part.name for part, twin in pairs if part.sha256 != twin.sha256]
    most = max((_part_difference(one / name, other / name, records[0]) for name in unequal), default=0.0)
    if not most <= TOLERANCE:
        raise RuntimeError(f"predictions in '{one}' and '{other}' should be equal, but differ by {most:.1e}")
    return len(unequal), most


def _require_rows(path: Path, record: ScoreRecord, rows: int) -> None:
    for part in record.parts:
        found = pl.read_parquet(path / part.name, columns=[ROW])[ROW]
        stop = min(part.first_row + record.rows_per_part, rows)
        if not found.equals(pl.int_range(part.first_row, stop, dtype=pl.Int64, eager=True).alias(ROW)):
            raise RuntimeError(
                f"'{path / part.name}' should hold the rows {part.first_row} to {stop - 1} once, in order"
            )


def _part_difference(one: Path, other: Path, record: ScoreRecord) -> float:
    first, second = pl.read_parquet(one), pl.read_parquet(other)
    if not first.drop(record.predictions).equals(second.drop(record.predictions)):
        raise RuntimeError(f"the columns that are kept in '{one}' and '{other}' should be equal, but differ")
    expected, found = (table.select(record.predictions).to_numpy().astype(np.float64) for table in (first, second))
    return float(np.max(np.abs(found - expected) / (1 + np.abs(expected))))


def _require_well(status: int) -> None:
    if status:
        raise RuntimeError(f"a process that scores ended with {status}")


def report(work: Work, folder: Path, kills: int) -> str:
    """Both ways of scoring, and what differs, as a table."""
    once = undisturbed(work, folder / "once")
    begun = time.monotonic()
    count = killed(work, folder / "killed", kills, once)
    seconds = time.monotonic() - begun
    unequal, most = difference(work, folder / "once", folder / "killed")
    head = [
        "rows",
        "parts",
        "kills",
        "s undisturbed",
        "s killed",
        "rows once and in order",
        "parts of other bytes",
        "by",
    ]
    cells = [f"{work.rows:,}", str(work.num_parts), str(count), f"{once:.0f}", f"{seconds:.0f}", "all"]
    return markdown(head, [[*cells, str(unequal), f"{most:.1e}" if unequal else ""]])


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.batch_kills", description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, help="directory made by taskfusion export (default: one is made)")
    parser.add_argument("--data", type=Path, help="a log that it scores, Parquet; with --bundle")
    parser.add_argument("--rows", type=int, default=200_000, help="rows of the table (default: 200000)")
    parser.add_argument("--kills", type=int, default=5, help="times that a process is killed (default: 5)")
    parser.add_argument("--part-rows", type=int, default=PART_ROWS, help=f"rows of a part (default: {PART_ROWS})")
    parser.add_argument("--workers", type=int, default=1, help="threads that score (default: 1)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    if (options.bundle is None) != (options.data is None):
        parser.error("--bundle and --data should be given together, found one of them")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle, data = options.bundle, options.data
        if bundle is None:
            bundle = prepare(folder, tiny=False, num_requests=1, num_candidates=1).bundle
            logs = [ROOT / "data" / "kuairand" / "train.parquet", folder / "feed" / "train.parquet"]
            data = next(log for log in logs if log.exists())
        schema = Scorer.load(bundle).schema
        log = pl.read_parquet(data, columns=list(dict.fromkeys(feature.source for feature in schema.features)))
        by_request(log, schema, options.rows, folder / "table")
        del log
        work = Work(bundle, folder / "table", options.rows, options.part_rows, options.workers)
        text = report(work, folder, options.kills)
    print(text, flush=True)
    if options.write:
        note = f"Requests of {CANDIDATES} candidates; workers: {options.workers}; {cpu_name()}."
        write(DOCS / "benchmarks.md", "batch-kills", f"{note}\n\n{text}")


if __name__ == "__main__":
    main()
