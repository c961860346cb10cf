"""What a row of the decision log costs, beside a line of JSON, and what kill -9 leaves of it.

python -m benchmarks.decision_log [--requests 20000] [--kills 1000]
"""

import argparse
import itertools
import multiprocessing
import os
import random
import struct
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import orjson
import polars as pl

from benchmarks.__main__ import DOCS, cpu_name, write
from benchmarks.rounds import markdown
from taskfusion.base.errors import DataError
from taskfusion.config.decisions import DecisionSettings
from taskfusion.serve.decision.read import read_decisions
from taskfusion.serve.decision.record import Decision
from taskfusion.serve.decision.recover import recover
from taskfusion.serve.decision.writer import DecisionLog, Rotation
from taskfusion.serve.worker.scored import Scored

CANDIDATES: Final = 200
NAMES: Final = ("click", "like", "share", "follow", "finish")
DISTINCT: Final = 8192
"""Requests that differ, more than a batch or a row group has: compression sees none twice."""

BUNDLE: Final = "0123456789abcdef" * 4
SMALL: Final = Rotation(num_bytes=200_000)
"""Files of a process that is killed, so that closing and compacting is met too."""


@dataclass(frozen=True)
class Cost:
    """Of one request.

    Attributes:
        cpu: microseconds of all threads together.
        own: of these on the thread that answers.
        num_bytes: on the disk.
    """

    cpu: float
    own: float
    num_bytes: float


def requests(count: int) -> list[Scored]:
    """Scores of requests: ids of a catalogue of 100,000, probabilities that no compression can guess."""
    rng, found = np.random.default_rng(0), []
    for number in range(count):
        prediction_CB = rng.beta(1, 10, (len(NAMES), CANDIDATES)).astype(np.float32)
        score_B = (0.7 * prediction_CB[0] + 0.3 * prediction_CB[1]).astype(np.float32)
        order_K = np.argsort(-score_B).astype(np.int32)
        ids = [f"v{item}" for item in rng.integers(0, 100_000, CANDIDATES)]
        found.append(Scored(ids, order_K, score_B, prediction_CB, number))
    return found


def decision(number: int, scored: bytes) -> Decision:
    """The decision of a request."""
    return Decision(f"request-{number:08}", 10**15 + number, NAMES, scored, "primary", None, None, BUNDLE, 0.004)


def _wait(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.001)


def log_cost(packed: Sequence[bytes], count: int, folder: Path) -> tuple[Cost, Cost, float]:
    """Of a row in a stream, of its way from there to Parquet, and MiB by which memory grew in the last nine tenths.

    Args:
        packed: scores of requests, taken in turn.
        count: of requests.
        folder: of the files.
    """
    log = DecisionLog(DecisionSettings(directory=str(folder)), "localhost:8000", print, Rotation(1 << 40, 1e9))
    decisions = [decision(number, packed[number % len(packed)]) for number in range(count)]
    first, own, early = time.process_time(), 0.0, 0.0
    rows = 64
    for start in range(0, count, rows):
        begun = time.thread_time()
        for one in decisions[start : start + rows]:
            log.put(one)
        own += time.thread_time() - begun
        _wait(lambda: len(log._waiting) < 128)
        if start <= count // 10 < start + rows:
            early = _resident_mib()
    _wait(lambda: log.counts.written + log.counts.failed == count)
    cpu, late = time.process_time() - first, _resident_mib()
    stream = Cost(cpu / count * 1e6, own / count * 1e6, log.counts.num_bytes / count)
    first = time.process_time()
    log.close()
    closing = time.process_time() - first
    num_bytes = sum(path.stat().st_size for path in folder.glob("*.parquet"))
    if len(read_decisions(folder).select("id").collect()) != count:
        raise RuntimeError(f"the log should hold {count:,} decisions")
    return stream, Cost(closing / count * 1e6, 0.0, num_bytes / count), late - early


def _resident_mib() -> float:
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if statm.exists() else float("nan")


def line_cost(scored: Sequence[Scored], count: int, path: Path) -> Cost:
    """Of a line of JSON with the same content, flushed as often as a batch is."""
    begun = time.thread_time()
    with path.open("wb") as file:
        for number in range(count):
            one = scored[number % len(scored)]
            content = {
                "id": f"request-{number:08}",
                "source": "localhost:8000",
                "time": 10**15 + number,
                "unit": one.unit,
                "tier": "primary",
                "bundle": BUNDLE,
                "model_seconds": 0.004,
                "candidates": one.ids,
                "order": one.order_K,
                "score": one.score_B,
                "predictions": dict(zip(NAMES, one.prediction_CB, strict=True)),
            }
            file.write(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE))
            if number % 128 == 127:
                file.flush()
    cpu = (time.thread_time() - begun) / count * 1e6
    return Cost(cpu, cpu, path.stat().st_size / count)


def pack_cost(scored: Sequence[Scored]) -> float:
    """Microseconds of the process that scores, per request."""
    begun = time.thread_time()
    for one in scored:
        one.packed()
    return (time.thread_time() - begun) / len(scored) * 1e6


def costs(count: int) -> str:
    """The table of costs."""
    scored = requests(min(count, DISTINCT))
    pack_cost(scored)
    packing, packed = pack_cost(scored), [one.packed() for one in scored]
    with tempfile.TemporaryDirectory() as name:
        stream, parquet, growth = log_cost(packed, count, Path(name) / "log")
        line = line_cost(scored, count, Path(name) / "log.jsonl")
    rows = [
        ["packing in the process that scores", f"{packing:.1f}", "0.0", f"{np.mean([*map(len, packed)]):,.0f}"],
        ["decision log, stream", f"{stream.cpu:.1f}", f"{stream.own:.1f}", f"{stream.num_bytes:,.0f}"],
        ["decision log, stream to Parquet", f"{parquet.cpu:.1f}", "0.0", f"{parquet.num_bytes:,.0f}"],
        ["JSON lines", f"{line.cpu:.1f}", f"{line.own:.1f}", f"{line.num_bytes:,.0f}"],
    ]
    table = markdown(["", "CPU us per request", "of these on the server's thread", "bytes per request"], rows)
    return f"{table}\n\nMemory grew by {growth:.1f} MiB over the last nine tenths of {count:,} requests."


def _log_until_killed(folder: Path, prefix: str, packed: Sequence[bytes], report: int) -> None:
    settings = DecisionSettings(directory=str(folder), batch_rows=16, batch_seconds=0.05)
    log = DecisionLog(settings, prefix, print, SMALL)
    for number in itertools.count():
        log.put(decision(number, packed[number % len(packed)]))
        if number % 16 == 15:
            _wait(lambda: len(log._waiting) < 64)
            os.write(report, struct.pack("q", log.counts.written))


def killed(folder: Path, kills: int) -> list[str]:
    """A row of the table of kills: processes that log as quickly as they can are killed, one after the other.

    Raises:
        RuntimeError: a decision of a batch that was written is missing, or one is there twice.
    """
    context, rng = multiprocessing.get_context("fork"), random.Random(0)
    packed, told, held = [one.packed() for one in requests(64)], 0, 0
    for kill in range(kills):
        read_end, write_end = os.pipe()
        process = context.Process(target=_log_until_killed, args=(folder, str(kill), packed, write_end))
        process.start()
        os.close(write_end)
        with open(read_end, "rb") as pipe:
            pipe.read(8)
            time.sleep(rng.uniform(0, 0.2))
            process.kill()
            process.join()
            reports = pipe.read()
        least = struct.unpack("q", reports[-8:])[0] if reports else 0
        found = _ids(folder, str(kill))
        if found.to_list() != [f"request-{number:08}" for number in range(len(found))] or len(found) < least:
            raise RuntimeError(f"after kill {kill} the log should hold {least:,} decisions and more, each once")
        told, held = told + least, held + len(found)
        if kill % 10 == 9:  # reading would take longer and longer
            recover(folder)
            for path in folder.glob("*.parquet"):
                path.unlink()
    return [f"{kills:,}", f"{told:,}", f"{held:,}", "0", "0"]


def _ids(folder: Path, source: str) -> pl.Series:
    try:
        log = read_decisions(folder)
    except DataError:  # it was killed before there was a file
        return pl.Series(dtype=pl.String)
    return log.filter(pl.col("source") == source).select("id").collect()["id"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.decision_log", description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000, help="to log (default: 20,000)")
    parser.add_argument("--kills", type=int, default=1000, help="of a process that logs (default: 1,000)")
    options = parser.parse_args(arguments)
    text = costs(options.requests)
    print(text, flush=True)
    with tempfile.TemporaryDirectory() as name:
        head = ["kill -9", "decisions in written batches, told by the process", "decisions read", "lost", "twice"]
        kills = markdown(head, [killed(Path(name), options.kills)])
    print(kills)
    write(DOCS / "benchmarks.md", "decision-log", f"{cpu_name()}.\n\n{text}\n\n{kills}")


if __name__ == "__main__":
    main()
