"""Latency to the knee, CPU and memory of taskfusion serve and of LitServe before the same scoring and the same graphs.

python -m benchmarks.peer_server [--requests N] [--tiny] [--write]: LitServe gets an environment of its own, made here.
"""

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.__main__ import heading, write
from benchmarks.load import Connection, Load, at_rate, in_turn
from benchmarks.rounds import markdown
from benchmarks.serving import Case, launched, prepare, said_by
from taskfusion.serve.catalogue.write import write_catalogue

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
PEER = "litserve==0.2.19"
CANDIDATES = 200
SHARES = (0.3, 0.5, 0.75, 1.0)
_CALLERS = 4
_READY_SECONDS = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.peer_server", description=__doc__)
    parser.add_argument("--requests", type=int, default=2000, help="at each load point (default: 2000)")
    parser.add_argument("--environment", type=Path, help="folder of LitServe's environment (default: a new one)")
    parser.add_argument("--tiny", action="store_true", help="a tiny model: does it run?")
    parser.add_argument("--write", action="store_true", help=f"write the table to {PAGE.name}")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = environment(options.environment or folder / "environment")
        case = prepare(folder, tiny=options.tiny, num_requests=100, num_candidates=CANDIDATES)
        text = compare(case, folder, python, options.requests)
    print(text)
    if options.write:
        write(PAGE, "peer-server", f"{heading()}\n\n{text}")


def environment(folder: Path) -> Path:
    """The Python of an environment that has LitServe beside all that this one has."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
        paths = {key: str(folder) for key in ("base", "platbase")}
        own = Path(sysconfig.get_path("purelib", vars=paths))
        (own / "parent.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT / 'src'}\n")
    return python


def compare(case: Case, folder: Path, python: Path, num_requests: int) -> str:
    """The table: both servers at the same rates, which are shares of what ours answers at most."""
    catalogue = folder / "catalogue"
    write_catalogue(case.bundle, case.items, catalogue, case.item_id)
    bodies, most, rows = case.bodies(CANDIDATES), 0.0, []
    ways: dict[str, Callable[[], AbstractContextManager[tuple[int, int]]]] = {
        "taskfusion serve": lambda: ours(case, catalogue),
        "LitServe": lambda: peer(case, catalogue, python),
    }
    for name, started in ways.items():
        with started() as (port, pid):
            asyncio.run(in_turn("127.0.0.1", port, bodies, len(bodies)))
            own = asyncio.run(closed(port, bodies, num_requests))
            most = most or own
            for share in SHARES:
                before = cpu_seconds(pid)
                load = asyncio.run(at_rate("127.0.0.1", port, bodies, num_requests, share * most))
                spent = 1e3 * (cpu_seconds(pid) - before) / num_requests
                rows.append([name, f"{own:.0f}", f"{share * most:.0f}", *cells(load, spent, megabytes(pid))])
    head = ["server", "at most, requests/s", "requests/s", "p50 ms", "p99 ms", "failed", "CPU ms per request", "MB"]
    about = (
        f"{case.name}, {CANDIDATES} candidates, {num_requests:,} requests per row, one process that scores; LitServe "
        f"({PEER}) calls the same scoring with the same graphs. At most: {_CALLERS} callers, one after the other."
    )
    return f"{markdown(head, rows)}\n\n{about}"


def cells(load: Load, cpu_ms: float, megabytes: float) -> list[str]:
    """Of a load point."""
    times = (1e3 * load.percentile(share) for share in (0.5, 0.99))
    return [*(f"{one:.1f}" for one in times), str(load.failed()), f"{cpu_ms:.2f}", f"{megabytes:.0f}"]


async def closed(port: int, bodies: Sequence[bytes], count: int) -> float:
    """Requests per second of callers that send the next one when one is answered."""

    async def call(first: int) -> None:
        connection = Connection("127.0.0.1", port)
        for place in range(first, count, _CALLERS):
            await connection.ask(bodies[place % len(bodies)])
        connection.close()

    start = time.perf_counter()
    await asyncio.gather(*(call(first) for first in range(_CALLERS)))
    return count / (time.perf_counter() - start)


@contextmanager
def ours(case: Case, catalogue: Path) -> Iterator[tuple[int, int]]:
    """Port and process of taskfusion serve."""
    with tempfile.TemporaryFile() as log:
        process = launched(case.bundle, "--items", str(catalogue), log=log)
        try:
            yield int(said_by(process)["port"]), process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()


@contextmanager
def peer(case: Case, catalogue: Path, python: Path) -> Iterator[tuple[int, int]]:
    """Port and process of LitServe."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"bundle": case.bundle, "items": catalogue, "item-id": case.item_id, "port": port}
    command = [str(python), str(Path(__file__).with_name("app.py"))]
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield port, process.pid
    finally:
        for pid in family(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.communicate()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"LitServe should be ready within {_READY_SECONDS:.0f} s, but is not")


def family(pid: int) -> list[int]:
    """A process and all that come from it."""
    parents = {}
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            try:
                parents[int(one.name)] = int((one / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found


def cpu_seconds(pid: int) -> float:
    """That a process and all that come from it took so far."""
    stats = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in family(pid)]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / _TICKS


def megabytes(pid: int) -> float:
    """That they hold together; what they share counts once (PSS)."""
    texts = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in family(pid)]
    return sum(int(text.partition("\nPss:")[2].split()[0]) for text in texts) / 1e3


if __name__ == "__main__":
    main()
