"""Hot swaps under load: nothing lost, nothing mixed, memory flat, nothing left behind."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.failsafe.client import checked, during, milliseconds
from benchmarks.failsafe.server import Server, running, until
from benchmarks.failsafe.world import World
from benchmarks.rounds import markdown

_SHARES = (0.1, 1.0)
"""Of the swaps, after which memory and open files are compared."""


@dataclass
class Seen:
    """What was seen on the way.

    Attributes:
        sizes: memory of the server in MB and its open files, after the first tenth of the swaps and after all.
        refused: by bundle that is not fit, why it was not put in force.
        wrong: what should not have been.
    """

    sizes: list[tuple[float, int]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


async def swap(world: World, folder: Path, *, count: int, rate: float) -> tuple[str, list[str]]:
    """Change between two bundles so often, with requests coming; a table, and what went wrong.

    Args:
        world: bundles and requests.
        folder: of the server.
        count: of swaps.
        rate: of requests per second.
    """
    fallback = {"bundle": str(world.fallback), "deadline_ms": 1000}
    tiers = [{"primary": {"bundle": str(one), "deadline_ms": 1000}, "fallback": fallback} for one in world.good]
    seen = Seen()
    async with running(folder, tiers[0]) as server:
        changes = _changes(server, world, tiers, count, seen)
        answers = await during(server.port, world.requests, rate, checked(world), changes)
        _, document = await server.admin("GET", "/v1/routes")
        try:
            await until(lambda: _are(server, document), 10)
        except TimeoutError:
            seen.wrong.append(f"processes left: {server.children()}")
        swaps = document["swaps"] - 1
    (early, files_early), (late, files_late) = seen.sizes
    if answers.num_lost() or answers.num_mixed() or swaps != count:
        seen.wrong.append(f"{answers.counts}, {swaps} swaps of {count}")
    row = [f"{swaps:,}", f"{len(answers):,}", f"{answers.num_lost():,}", f"{answers.num_mixed():,}"]
    row += [milliseconds(answers.seconds(), share) for share in (0.5, 0.99)]
    row += [f"{early:.1f}", f"{late:.1f}", f"{files_early} and {files_late}"]
    head = ["swaps", "requests", "lost", "mixed", "p50 ms", "p99 ms", "MB early", "MB late", "open files"]
    refused = markdown(["bundle", "answer"], [[name, reason] for name, reason in seen.refused.items()])
    return f"{markdown(head, [row])}\n\n{refused}", seen.wrong


async def _changes(server: Server, world: World, tiers: list[dict[str, Any]], count: int, seen: Seen) -> None:
    await asyncio.sleep(1.0)  # so that there are recent requests to try a bundle with
    marks = [max(1, int(share * count)) for share in _SHARES]
    for number in range(1, count + 1):
        status, document = await server.put(**tiers[number % 2])
        if status != 200:
            seen.wrong.append(f"a good bundle was refused: {document}")
        seen.sizes += [(server.megabytes(), server.files())] * marks.count(number)
        if number == marks[0]:
            await _unfit(server, world, seen)


async def _unfit(server: Server, world: World, seen: Seen) -> None:
    before = (await server.tier())["version"]
    for name in ("broken", "slow", "unfit"):
        status, document = await server.put(primary={"bundle": str(getattr(world, name)), "deadline_ms": 1000})
        if status != 409 or (await server.tier())["version"] != before:
            seen.wrong.append(f"the {name} bundle was not refused: {status} {document}")
            continue
        seen.refused[name] = document["error"]["message"].replace(str(getattr(world, name).parent), "…")


async def _are(server: Server, document: dict[str, Any]) -> bool:
    expected = [pid for tier in document["tiers"].values() for pid in tier["processes"]]
    return sorted(server.children()) == sorted(expected)
