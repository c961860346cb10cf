"""Faults of the process that scores, with a fallback: every request is answered, and in time."""

import asyncio
import os
import resource
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.failsafe.client import Answers, checked, during, milliseconds
from benchmarks.failsafe.server import END_SECONDS, Server, running, until
from benchmarks.failsafe.world import LARGE, World
from benchmarks.rounds import markdown

DEADLINE = 0.060
"""Seconds of the primary; the fallback has as many."""

MOST_OVERSHOOT = 0.005
"""Seconds by which an answer of the fallback may be later than that and what the fallback takes."""

_RATE = 100.0
_STOPPED = 0.2
_STARVED = 15.0
_EVERY = 50
"""Of the requests, one that is another one."""

_ROOM_MB = 2
Fault = Callable[[Server], Awaitable[None]]


async def inject(world: World, folder: Path, *, cycles: int) -> tuple[str, list[str]]:
    """Each fault so often, with requests coming; a table, and what went wrong.

    Args:
        world: bundles and requests.
        folder: of the server.
        cycles: of each fault.
    """
    primary, fallback = ({"bundle": str(one), "deadline_ms": 1e3 * DEADLINE} for one in (world.good[0], world.fallback))
    requests = world.requests
    async with running(folder, {"primary": fallback}, "--most-candidates", str(LARGE)) as server:
        alone = await during(server.port, requests, _RATE, checked(world), asyncio.sleep(min(10, cycles)))
        await server.put(primary=primary, fallback=fallback)
        seconds = float(np.median(alone.seconds()))
        rows, wrong = [["none, the fallback alone", *_alone(alone)]], list[str]()

        async def measure(name: str, fault: Fault, other: bytes | None = None, *, replaced: bool) -> None:
            every = 0 if other is None else _EVERY
            sent = requests if other is None else [one if k % _EVERY else other for k, one in enumerate(requests)]
            before = (await server.tier())["restarts"]
            found = await during(server.port, sent, _RATE, checked(world, every), _often(server, fault, cycles))
            restarts = (await server.tier())["restarts"] - before
            usual = found.without(_EVERY) if other is world.large else found
            row, faults = _row(found, usual, seconds, restarts)
            rows.append([name, *row])
            wrong.extend(f"{name}: {one}" for one in faults)
            if replaced != bool(restarts):
                wrong.append(f"{name}: {restarts} processes were replaced")

        await measure("killed", _kill, replaced=True)
        await measure(f"stopped for {1e3 * _STOPPED:.0f} ms", _pause, replaced=False)
        await measure("hangs", _hang, replaced=True)
        await measure(f"no number for 1 of {_EVERY} requests", _wait, world.overflowing, replaced=False)
        await measure("no memory is given to it", _starve, world.large, replaced=True)
        fresh = primary | {"bundle": str(world.good[1])}
        await server.put(primary=fresh, fallback=fallback)
        most_mb = int(_resident_mb(await server.worker())) + _ROOM_MB
        status, document = await server.put(primary=fresh | {"most_mb": most_mb}, fallback=fallback)
        if status != 200:
            wrong.append(f"most_mb: {document}")
        await measure("outgrows most_mb", _wait, world.large, replaced=True)
    head = ["fault", "requests", "not answered", "last resort", "by fallback", "overshoot p50 ms", "p99 ms"]
    return markdown([*head, "of those that waited, p99 ms", "replaced"], rows), wrong


def _alone(answers: Answers) -> list[str]:
    return [f"{len(answers):,}", str(answers.num_lost()), "-", *["-"] * 6]


def _row(answers: Answers, usual: Answers, fallback_seconds: float, restarts: int) -> tuple[list[str], list[str]]:
    """Cells of a fault, and what went wrong; times are those of usual requests, which are all of one size."""
    over = usual.seconds("fallback") - DEADLINE - fallback_seconds
    waited = over[over > -DEADLINE / 2]
    wrong = [f"{answers.counts}"] if answers.num_lost() or answers.num_mixed() else []
    if len(over) and float(np.quantile(over, 0.99)) > MOST_OVERSHOOT:
        wrong.append(f"p99 of the overshoot is {milliseconds(over, 0.99)} ms")
    cells = [f"{len(answers):,}", str(answers.num_lost()), str(len(answers.seconds("last_resort")))]
    cells.append(f"{len(answers.seconds('fallback')):,}")
    cells += [milliseconds(over, 0.5), milliseconds(over, 0.99), milliseconds(waited, 0.99), str(restarts)]
    return cells, wrong


async def _often(server: Server, fault: Fault, count: int) -> None:
    for _ in range(count):
        await fault(server)
        await asyncio.sleep(0.3)


async def _replaced(server: Server, pid: int, seconds: float = END_SECONDS) -> None:
    async def is_other() -> bool:
        tier: dict[str, Any] = await server.tier()
        ready = (await server.admin("GET", "/ready"))[1]["tiers"]["primary"] == "ready"
        return ready and tier["processes"][0] not in (None, pid)

    await until(is_other, seconds)


async def _kill(server: Server) -> None:
    pid = await server.worker()
    os.kill(pid, signal.SIGKILL)
    await _replaced(server, pid)


async def _hang(server: Server) -> None:
    pid = await server.worker()
    os.kill(pid, signal.SIGSTOP)
    await _replaced(server, pid)


async def _pause(server: Server) -> None:
    pid = await server.worker()
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(_STOPPED)
    os.kill(pid, signal.SIGCONT)


async def _starve(server: Server) -> None:
    await _kill(server)  # one that served a large request has freed what the next one needs
    pid = await server.worker()
    size = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    resource.prlimit(pid, resource.RLIMIT_AS, (size, before[1]))
    try:
        await _replaced(server, pid, _STARVED)
    except TimeoutError:  # what it freed before is enough for what came
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_AS, before)


async def _wait(server: Server) -> None:
    await asyncio.sleep(1.5)


def _resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
