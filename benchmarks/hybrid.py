"""What predictions made beforehand cost: per request of 200 candidates, and in memory per million pairs.

python -m benchmarks.hybrid [--pairs 1000000] [--requests 2000]
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks.__main__ import DOCS, cpu_name, write
from benchmarks.rounds import markdown
from taskfusion.base.manifest import listed
from taskfusion.base.record import write_artifact
from taskfusion.config.routes import Batch
from taskfusion.serve.batch.record import SCORE, InputFile, Part, ScoreRecord
from taskfusion.serve.batch.score import PART_ROWS
from taskfusion.serve.router.batch_load import load_scores
from taskfusion.serve.router.hybrid import Hybrid
from taskfusion.serve.worker.document import written
from taskfusion.serve.worker.message import OK, Reply
from taskfusion.serve.worker.scored import Scored
from taskfusion.serve.worker.settings import ServedTask

CANDIDATES: Final = 200
PAIRS_PER_UNIT: Final = 200
NAMES: Final = ("click", "like", "share", "follow", "finish")
WEIGHTS: Final = {"click": 0.7, "like": 0.3}
TABLE: Final = ("click", "like")
"""Predictions that the table has and that are preferred."""


def write_table(folder: Path, pairs: int, *, is_text: bool) -> None:
    """A directory as taskfusion score leaves it, of random pairs.

    Args:
        folder: made here.
        pairs: rows, 200 per unit.
        is_text: whether ids are texts.
    """
    rng, folder_parts = np.random.default_rng(0), []
    folder.mkdir()
    item_N = np.concatenate(
        [rng.choice(100_000, PAIRS_PER_UNIT, replace=False) for _ in range(-(-pairs // PAIRS_PER_UNIT))]
    )[:pairs]
    unit_N = np.arange(pairs) // PAIRS_PER_UNIT
    frame = pl.DataFrame({"row": np.arange(pairs), "user": unit_N, "item": item_N})
    if is_text:
        frame = frame.with_columns(pl.format("u{}", "user").alias("user"), pl.format("v{}", "item").alias("item"))
    frame = frame.with_columns(pl.Series(name, rng.beta(1, 10, pairs).astype(np.float32)) for name in TABLE)
    for number, first in enumerate(range(0, pairs, PART_ROWS)):
        path, part = folder / f"part-{number:05}.parquet", frame.slice(first, PART_ROWS)
        part.write_parquet(path)
        folder_parts.append(Part(name=path.name, first_row=first, rows=len(part), **dict(listed(path))))
    record = ScoreRecord(
        bundle="exported",
        fingerprint="0" * 64,
        inputs=[InputFile(name="pairs.parquet", bytes=1, sha256="0" * 64)],
        begun=datetime.now(UTC),
        rows=pairs,
        rows_per_part=PART_ROWS,
        row_column="row",
        kept=["user", "item"],
        predictions=list(TABLE),
        parts=folder_parts,
        counts={},
        features=[],
        seconds=1.0,
        cpu_seconds=1.0,
        rows_per_cpu_second=1.0,
    )
    write_artifact(folder / SCORE, record)


def answers(folder: Path, count: int) -> list[tuple[object, Reply]]:
    """Answers of a model to units of a table, for 200 candidates, most of which the table has."""
    rng = np.random.default_rng(1)
    frame = pl.read_parquet(folder / "part-00000.parquet", columns=["user", "item"])
    found = []
    for number in range(count):
        first = PAIRS_PER_UNIT * (number % (len(frame) // PAIRS_PER_UNIT))
        ids = frame["item"].slice(first, PAIRS_PER_UNIT).to_list()
        ids[:20] = frame["item"].sample(20, seed=number).to_list()
        prediction_CB = rng.beta(1, 10, (len(NAMES), CANDIDATES)).astype(np.float32)
        score_B = (0.7 * prediction_CB[0] + 0.3 * prediction_CB[1]).astype(np.float32)
        order_K = np.argsort(-score_B, kind="stable").astype(np.int32)
        document: dict[str, Any] = {
            "bundle": "1" * 64,
            "order": order_K,
            "score": score_B[order_K],
            "predictions": {
                name: np.ascontiguousarray(row_B[order_K]) for name, row_B in zip(NAMES, prediction_CB, strict=True)
            },
            "counts": {"candidates": CANDIDATES, "scored": CANDIDATES, "missing": {}, "unseen": {}},
            "unknown": [],
        }
        body = written(document)
        unit = frame["user"][first]
        scored = Scored(ids, order_K, score_B, prediction_CB, unit).packed()
        found.append((unit, Reply(0, OK, len(body), 0.004, body + scored)))
    return found


def _microseconds(seconds: Sequence[float]) -> tuple[str, str]:
    low, high = (1e6 * float(np.percentile(seconds, q)) for q in (50, 99))
    return f"{low:.0f}", f"{high:.0f}"


def _resident_bytes() -> int:
    """Memory of this process that is its own, without what is mapped from files."""
    statm = Path("/proc/self/statm").read_text().split()
    return (int(statm[1]) - int(statm[2])) * os.sysconf("SC_PAGE_SIZE")


def measured(pairs: int, requests: int, *, is_text: bool) -> list[str]:
    """A row of the table: seconds to load, MB mapped and MB of its own per million pairs, and microseconds of CPU."""
    tasks = [ServedTask(name=name, columns=[name]) for name in NAMES]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "scores"
        write_table(folder, pairs, is_text=is_text)
        own, begun = _resident_bytes(), time.perf_counter()
        scores = asyncio.run(load_scores(folder, "user", "item", TABLE))
        loading = time.perf_counter() - begun
        own = _resident_bytes() - own
        given = answers(folder, requests)
    settings = Batch(scores=str(folder), item="item", tasks=dict.fromkeys(TABLE, "prefer"))
    hybrid = Hybrid(settings, scores, tasks)
    looked, mixed = [], []
    for unit, reply in given:
        ids = list(Scored.take(reply.body[reply.json_length :]).ids)
        begun = time.thread_time()
        scores.values(unit, ids)
        looked.append(time.thread_time() - begun)
        begun = time.thread_time()
        asked = hybrid.asked(b"{}", {}, unit)
        _, sources = hybrid.mixed(reply, NAMES, WEIGHTS, asked)
        mixed.append(time.thread_time() - begun)
        if sources.counts["click"].get("batch", 0) < CANDIDATES - 20:
            raise RuntimeError("the table should have most candidates")
    million = pairs / 1e6
    return [
        "text" if is_text else "whole number",
        f"{pairs:,}",
        f"{loading:.1f}",
        f"{scores.num_bytes / million / 1e6:.1f}",
        f"{max(own, 0) / million / 1e6:.1f}",
        *_microseconds(looked),
        *_microseconds(mixed),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.hybrid", description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000_000, help="of a unit and an item (default: 10,000,000)")
    parser.add_argument("--requests", type=int, default=2000, help="that are answered (default: 2,000)")
    options = parser.parse_args(arguments)
    head = ["ids", "pairs", "s to load", "MB mapped per million pairs", "MB besides", "look-up, CPU us p50", "p99"]
    rows = [measured(options.pairs, options.requests, is_text=is_text) for is_text in (False, True)]
    text = markdown([*head, "look-up and new order, CPU us p50", "p99"], rows)
    print(text)
    write(DOCS / "benchmarks.md", "hybrid", f"{cpu_name()}.\n\n{text}")


if __name__ == "__main__":
    main()
