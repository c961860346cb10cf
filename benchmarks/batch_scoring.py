"""Rows per CPU second and peak memory of taskfusion score, and whether a command that is killed is completed; write
docs/benchmarks.md.

python -m benchmarks.batch_scoring --bundle exported --data log.parquet [--rows 1000000] [--kills 0]

Two tables are made of the rows of a log, each of N rows. By request: a request is the user and context of a row that is
drawn, its 200 candidates are items that are drawn, as when recommendations are made for users at night. In the order of
the log: its rows, again and again. Each is scored by a process with one worker; CPU seconds are all of the process,
reading, writing and the imports of the command included.
"""

import argparse
import os
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
from taskfusion.base.record import read_artifact
from taskfusion.schema.schema import Schema
from taskfusion.serve.batch.record import SCORE, ScoreRecord
from taskfusion.serve.inputs import features_of
from taskfusion.serve.scorer import Scorer

CANDIDATES: Final = 200
ROW_GROUP: Final = 65_536
CHUNK_REQUESTS: Final = 1_000
COMMAND: Final = "from taskfusion.cli import main; main()"


@dataclass(frozen=True)
class Found:
    """What scoring a table took.

    Attributes:
        rows: of the table.
        seconds: from the start of the process to its end.
        cpu_seconds: of the process.
        peak_mib: the most memory that it held.
        kills: of the process before it was let end; the numbers above are those of the last one.
    """

    rows: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    kills: int


def by_request(log: pl.DataFrame, schema: Schema, rows: int, path: Path) -> None:
    """Write a table of requests with their candidates, some thousand rows at a time."""
    rng = np.random.default_rng(0)
    item = {f.source for f in schema.features if f.name not in features_of(schema, "request")}
    request = [column for column in log.columns if column not in item]
    items = log.select(sorted(item)).unique(maintain_order=True)
    path.mkdir()
    for number, start in enumerate(range(0, rows, CHUNK_REQUESTS * CANDIDATES)):
        count = min(CHUNK_REQUESTS * CANDIDATES, rows - start)
        drawn = np.repeat(rng.integers(0, len(log), -(-count // CANDIDATES)), CANDIDATES)[:count]
        chunk = pl.concat([log.select(request)[drawn], items[rng.integers(0, len(items), count)]], how="horizontal")
        chunk.write_parquet(path / f"{number:05}.parquet", row_group_size=ROW_GROUP)


def in_log_order(log: pl.DataFrame, rows: int, path: Path) -> None:
    """Write the rows of a log, again and again."""
    path.mkdir()
    for number, start in enumerate(range(0, rows, len(log))):
        log.head(rows - start).write_parquet(path / f"{number:05}.parquet", row_group_size=ROW_GROUP)


def score(bundle: Path, data: Path, out: Path, kills: int) -> Found:
    """Score a table in processes of their own, all but the last killed at random.

    Raises:
        RuntimeError: the command failed, or a row is missing or there twice.
    """
    command = [sys.executable, "-c", COMMAND, "score", str(bundle), "--in", str(data), "--out", str(out)]
    rng, killed, most = random.Random(0), 0, 0.0
    while True:
        begun = time.monotonic()
        process = subprocess.Popen([*command, "--workers", "1"], stdout=subprocess.DEVNULL)
        if killed < kills:
            before = len(list(out.glob("part-*")))
            while process.poll() is None and len(list(out.glob("part-*"))) <= before:
                time.sleep(0.01)
            time.sleep(rng.uniform(0, most))
            process.kill()
            killed += process.wait() != 0
            most = max(most, time.monotonic() - begun)
            if not (out / SCORE).exists():
                continue
            killed = kills
        _, status, usage = os.wait4(process.pid, 0) if process.returncode is None else (0, 0, None)
        seconds = time.monotonic() - begun
        if usage is None:
            continue
        if status:
            raise RuntimeError(f"{' '.join(command)} ended with {status}")
        found = read_artifact(out / SCORE, ScoreRecord)
        row_B = pl.concat([pl.read_parquet(out / part.name, columns=["row"]) for part in found.parts])["row"]
        if not row_B.equals(pl.int_range(found.rows, dtype=pl.Int64, eager=True).alias("row")):
            raise RuntimeError(f"the parts in '{out}' should hold the rows 0 to {found.rows - 1} once and in order")
        unit = 2**20 if sys.platform == "darwin" else 2**10
        return Found(found.rows, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, kills)


def table(bundle: Path, data: Path, rows: int, kills: int) -> str:
    """The rows of the page."""
    schema = Scorer.load(bundle).schema
    log = pl.read_parquet(data, columns=list(dict.fromkeys(feature.source for feature in schema.features)))
    head = ["rows", "order", "rows per CPU second", "peak MiB", "kills before"]
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join(['---'] * len(head))} |"]
    with tempfile.TemporaryDirectory() as name:
        by_request(log, schema, rows, Path(name) / "requests")
        in_log_order(log, rows, Path(name) / "log")
        for title, folder in ((f"by request, {CANDIDATES} candidates", "requests"), ("of the log", "log")):
            found = score(bundle, Path(name) / folder, Path(name) / f"{folder} scored", kills)
            rate = "" if kills else f"{found.rows / found.cpu_seconds:,.0f}"
            cells = [f"{found.rows:,}", title, rate, f"{found.peak_mib:,.0f}", str(found.kills)]
            lines.append(f"| {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.batch_scoring", description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True, help="directory made by taskfusion export")
    parser.add_argument("--data", type=Path, required=True, help="a log, Parquet")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each table (default: 1000000)")
    parser.add_argument("--kills", type=int, default=0, help="times that a command is killed; then nothing is written")
    options = parser.parse_args(arguments)
    text = table(options.bundle, options.data, options.rows, options.kills)
    if not options.kills:
        write(DOCS / "benchmarks.md", "batch-scoring", f"One worker; {cpu_name()}.\n\n{text}")


if __name__ == "__main__":
    main()
