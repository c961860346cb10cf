"""What kill -9 of a whole server leaves of its decision log.

python -m benchmarks.log_kills [--kills 1000] [--folder DIR] [--write]

A server of a tiny bundle is started on one directory of decisions again and again, and killed at a random moment: while
clients ask, or one time in eight while it still begins and makes Parquet of what the one before left. Clients note
which requests were answered, and when. In the end the log must hold each of them once, but for those of the last
batches of each process. With --folder the same command goes on where it was interrupted.
"""

import argparse
import asyncio
import itertools
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import polars as pl

from benchmarks.__main__ import DOCS, cpu_name, write
from benchmarks.load import Connection, post
from benchmarks.rounds import markdown
from benchmarks.serving import launched, prepare, said_by
from taskfusion.serve.decision.read import read_decisions
from taskfusion.serve.http.rank import PATH

BATCH_ROWS: Final = 32
BATCH_SECONDS: Final = 0.25
LATE_SECONDS: Final = 1.0
"""That the writer may wait for a core besides, on a machine that does other things."""

CLIENTS: Final = 4
END_SECONDS: Final = 30
_EARLY: Final = 8


@dataclass(frozen=True)
class Work:
    """Servers that are killed.

    Attributes:
        folder: of the file of routes, of the log, and of the journal of what clients know.
        bodies: of requests, which take turns.
    """

    folder: Path
    bodies: Sequence[bytes]

    @property
    def log(self) -> Path:
        """Directory of decisions."""
        return self.folder / "decisions"

    @property
    def journal(self) -> Path:
        """One line per kill: by request that was answered, seconds from its answer to the kill; null: it began."""
        return self.folder / "kills.jsonl"

    def kills(self) -> list[dict[str, float] | None]:
        """Of the journal."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return [json.loads(line) for line in lines]

    def launched(self) -> subprocess.Popen[bytes]:
        """A server."""
        return launched(self.folder / "routes.yaml")


def work_of(folder: Path, bundle: Path, items: Path, item_id: str, bodies: Sequence[bytes]) -> Work:
    """Write the file of routes of a bundle."""
    tier = {"bundle": str(bundle), "items": str(items), "item_id": item_id, "deadline_ms": 5000}
    routes = {"primary": tier, "decisions": {"batch_rows": BATCH_ROWS, "batch_seconds": BATCH_SECONDS}}
    (folder / "routes.yaml").write_text(json.dumps(routes))
    return Work(folder, bodies)


def kill(work: Work, number: int) -> None:
    """Start a server, kill it, and add a line to the journal.

    Raises:
        RuntimeError: the server does not begin, or its processes that score do not end after it.
    """
    rng = random.Random(number)
    process = work.launched()
    if number % _EARLY == _EARLY - 1:
        time.sleep(rng.uniform(0, 2))
        process.kill()
        line = "null"
    else:
        port = said_by(process)["port"]
        answered = asyncio.run(_load_until_killed(process, port, work.bodies, rng.uniform(0, 3 * BATCH_SECONDS)))
        line = json.dumps(answered)
    try:
        process.communicate(timeout=END_SECONDS)  # what scores holds the same pipes
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"after kill {number} the process that scores should end, but goes on") from error
    with work.journal.open("a") as file:
        file.write(f"{line}\n")


async def _load_until_killed(
    process: subprocess.Popen[bytes], port: int, bodies: Sequence[bytes], seconds: float
) -> dict[str, float]:
    """By request that was answered, seconds from its answer to the kill."""
    answered: dict[str, float] = {}
    clients = [asyncio.create_task(_ask(port, bodies, answered)) for _ in range(CLIENTS)]
    await asyncio.sleep(seconds)
    moment = time.monotonic()
    process.kill()
    await asyncio.gather(*clients)
    return {name: moment - at for name, at in answered.items()}


async def _ask(port: int, bodies: Sequence[bytes], answered: dict[str, float]) -> None:
    connection, prefix = Connection("127.0.0.1", port), uuid4().hex
    with suppress(OSError, asyncio.IncompleteReadError):
        for number in itertools.count():
            name = f"{prefix}-{number}"
            status, _ = await connection.ask(post(PATH, bodies[number % len(bodies)], name))
            if status == 200:
                answered[name] = time.monotonic()
    connection.close()


def ended_well(work: Work) -> None:
    """A server that makes Parquet of what the last one left, and is asked to end.

    Raises:
        RuntimeError: it does not end well.
    """
    process = work.launched()
    said_by(process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    if process.returncode or list(work.log.glob("*.arrows")):
        raise RuntimeError(f"a server that is asked to end should leave Parquet alone: {errors.decode()}")


class TooManyLostError(RuntimeError):
    """A kill lost a request that was not in the last batches of its process.

    Attributes:
        row: of the table, all the same.
    """

    def __init__(self, message: str, row: list[str]) -> None:
        super().__init__(message)
        self.row = row


def checked(log: Path, kills: Sequence[Mapping[str, float] | None]) -> list[str]:
    """What the log holds of what was answered, as a row of the table.

    Raises:
        TooManyLostError: a request is missing that was not in the last batches of its process.
        RuntimeError: a request is there twice.
    """
    ids = read_decisions(log).filter(pl.col("tier") != "shadow").select("id").collect()["id"]
    held = set(ids)
    if len(held) < len(ids):
        raise RuntimeError(f"the log should hold each request once, but {len(ids) - len(held):,} are there twice")
    lost = [[age for name, age in (one or {}).items() if name not in held] for one in kills]
    most, oldest = max(map(len, lost), default=0), max(itertools.chain.from_iterable(lost), default=0.0)
    num_answered, num_lost = sum(len(one or {}) for one in kills), sum(map(len, lost))
    cells: list[Any] = [len(kills), sum(one is None for one in kills), num_answered, num_answered - num_lost, num_lost]
    row = [*(f"{cell:,}" for cell in cells), str(most), f"{1000 * oldest:.0f}", "0"]
    if most > 2 * BATCH_ROWS or oldest > BATCH_SECONDS + LATE_SECONDS:
        behind = sum(len(one) > 2 * BATCH_ROWS for one in lost)
        raise TooManyLostError(
            f"a process that is killed should lose at most {2 * BATCH_ROWS} requests, of the last "
            f"{BATCH_SECONDS + LATE_SECONDS:g} s, but one lost {most:,}, the oldest {oldest:.2f} s before; more than "
            f"{2 * BATCH_ROWS} were lost by {behind:,} of {len(kills):,}",
            row,
        )
    return row


def table(row: list[str]) -> str:
    """A row below its headings."""
    head = ["kill -9", "while it begins", "requests answered", "in the log", "lost", "most per kill", "oldest, ms"]
    return markdown([*head, "twice"], [row])


def report(work: Work, kills: int) -> str:
    """Kill servers until the journal has so many, and the table.

    Raises:
        TooManyLostError: as of checked.
    """
    for number in range(len(work.kills()), kills):
        kill(work, number)
    ended_well(work)
    return table(checked(work.log, work.kills()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.log_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="of a server (default: 10)")
    parser.add_argument("--folder", type=Path, help="where the run is kept, to go on later (default: it is not)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        case = prepare(Path(name), tiny=True, num_requests=20, num_candidates=20)
        bodies = [
            json.dumps({"request": request, "candidates": candidates}, default=str).encode()
            for request, candidates in zip(case.requests, case.candidates, strict=True)
        ]
        fault = None
        try:
            text = report(work_of(folder, case.bundle, case.items, case.item_id, bodies), options.kills)
        except TooManyLostError as error:
            text, fault = table(error.row), str(error)
    print(text, flush=True)
    if options.write:
        note = f"Batches of {BATCH_ROWS} decisions or {1000 * BATCH_SECONDS:.0f} ms, {CLIENTS} clients; {cpu_name()}."
        write(DOCS / "benchmarks.md", "log-kills", f"{note}\n\n{text}")
    if fault is not None:
        sys.exit(fault)


if __name__ == "__main__":
    main()
