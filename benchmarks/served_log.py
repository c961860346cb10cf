"""What the decision log costs a whole server: CPU time per request with it and without.

python -m benchmarks.served_log [--requests 100] [--rounds 40] [--write]

Two servers of the bundle of benchmarks.serving, one of which logs, answer the same requests of 200 candidates in turns.
CPU time is that of all threads of a process, from /proc; that of the server holds the writer of the log, and not the
Parquet that it makes in the end.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from benchmarks.__main__ import DOCS, cpu_name, write
from benchmarks.load import in_turn
from benchmarks.rounds import markdown
from benchmarks.serving import Case, Process, prepare, served, thread_seconds
from taskfusion.serve.catalogue.write import write_catalogue
from taskfusion.serve.decision.read import read_decisions

CANDIDATES: Final = 200


def spent(process: Process, bodies: Sequence[bytes], count: int) -> list[float]:
    """CPU microseconds per request, of the server and of the process that scores.

    Raises:
        RuntimeError: a request was not answered.
    """
    before = [thread_seconds(pid) for pid in process.pids]
    failed = asyncio.run(in_turn("127.0.0.1", process.port, bodies, count)).failed()
    if failed:
        raise RuntimeError(f"all {count:,} requests should be answered, but {failed:,} were not")
    return [1e6 * (thread_seconds(pid) - first) / count for pid, first in zip(process.pids, before, strict=True)]


def costs(case: Case, folder: Path, count: int, rounds: int) -> str:
    """The table: medians over rounds, in each of which both servers answer so many requests.

    Raises:
        RuntimeError: the log does not hold all of them.
    """
    bodies, log = case.bodies(CANDIDATES), folder / "decisions"
    write_catalogue(case.bundle, case.items, folder / "catalogue", case.item_id)
    with (
        served(case, folder / "catalogue") as plain,
        served(case, folder / "catalogue", "--decisions", str(log)) as logging,
    ):
        for process in (plain, logging):
            spent(process, bodies, len(bodies))
        pairs = [(spent(plain, bodies, count), spent(logging, bodies, count)) for _ in range(rounds)]
    num_rows, expected = len(read_decisions(log).select("id").collect()), len(bodies) + count * rounds
    if num_rows != expected:
        raise RuntimeError(f"the log should hold {expected:,} decisions, but holds {num_rows:,}")
    rows = []
    for place, name in enumerate(("server", "process that scores")):
        values = [(one[place], other[place], other[place] - one[place]) for one, other in pairs]
        first, last = np.quantile([more for _, _, more in values], (0.25, 0.75))
        middle = [f"{median(column):.0f}" for column in zip(*values, strict=True)]
        rows.append([name, *middle, f"{first:.0f} to {last:.0f}"])
    return markdown(["CPU us per request", "without the log", "with it", "more", "in half of the rounds"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.served_log", description=__doc__)
    parser.add_argument("--requests", type=int, default=100, help="of a round (default: 100)")
    parser.add_argument("--rounds", type=int, default=40, help="in which both servers take turns (default: 40)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        case = prepare(Path(name), tiny=False, num_requests=100, num_candidates=CANDIDATES)
        text = costs(case, Path(name), options.requests, options.rounds)
    print(text, flush=True)
    if options.write:
        write(DOCS / "benchmarks.md", "served-log", f"{case.name}; {cpu_name()}.\n\n{text}")


if __name__ == "__main__":
    main()
