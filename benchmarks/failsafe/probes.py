"""Models that cannot be started again, and a server that is killed while models change."""

import asyncio
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.failsafe.client import checked, during
from benchmarks.failsafe.server import Server, is_alive, running, start, until
from benchmarks.failsafe.world import World
from benchmarks.rounds import markdown
from taskfusion.serve.router.state_file import StateFile

_LOST_SECONDS = 120.0
_CHANGE_SECONDS = 2.5
"""Within which the server is killed, from the begin of a change."""


async def lose(world: World, folder: Path) -> tuple[str, list[str]]:
    """Remove the bundles of processes and kill these, the primary first; a table, and what went wrong."""
    folder.mkdir()
    bundles = [Path(shutil.copytree(one, folder / name)) for one, name in ((world.good[0], "p"), (world.fallback, "f"))]
    primary, fallback = ({"bundle": str(one), "deadline_ms": 1000} for one in bundles)
    rows, wrong = [], list[str]()

    async def see(server: Server, what: str, expected: tuple[int, int, str]) -> None:
        answers = await during(server.port, world.requests, 50, checked(world), asyncio.sleep(1))
        ready, about = await server.admin("GET", "/ready")
        live, _ = await server.admin("GET", "/live")
        last = answers.labels[-1]
        rows.append([what, str(live), str(ready), "; ".join(f"{k}: {v}" for k, v in about["tiers"].items()), last])
        if (live, ready, last.split()[0]) != expected or answers.num_lost():
            wrong.append(f"{what}: live {live}, ready {ready}, {answers.counts}")

    async with running(folder / "server", {"primary": primary, "fallback": fallback}) as server:
        await see(server, "all are well", (200, 200, "primary"))
        for tier, bundle, expected in (("primary", bundles[0], 200), ("fallback", bundles[1], 503)):
            pid = await server.worker(tier)
            shutil.rmtree(bundle)
            os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.5)
            answering = "fallback" if tier == "primary" else "last_resort"
            await see(server, f"the {tier} is gone", (200, expected, answering))

        async def is_dead() -> bool:
            return (await server.admin("GET", "/live"))[0] == 503

        await until(is_dead, _LOST_SECONDS)
        await see(server, "and was tried five times", (503, 503, "last_resort"))
    return markdown(["what", "live", "ready", "tiers", "answered by"], rows), wrong


async def kill(world: World, folder: Path, *, count: int) -> tuple[str, list[str]]:
    """Kill the server so often while it changes models, and start it again; a table, and what went wrong."""
    random, wrong, came_back = np.random.default_rng(0), list[str](), dict[str, int]()
    tiers: list[dict[str, Any]] = [{"primary": {"bundle": str(one)}} for one in world.good]
    server, left = await asyncio.to_thread(start, folder, tiers[0]), 0
    before = server.said["bundle"]
    for number in range(1, count + 1):
        change = asyncio.ensure_future(server.put(**tiers[number % 2]))
        await asyncio.sleep(float(random.uniform(0, _CHANGE_SECONDS)))
        children = server.children()
        server.process.kill()
        await asyncio.to_thread(server.process.wait)
        await asyncio.gather(change, return_exceptions=True)
        end = time.monotonic() + 2
        while any(map(is_alive, children)) and time.monotonic() < end:
            await asyncio.sleep(0.02)
        left += sum(map(is_alive, children))
        active, _ = StateFile.beside(folder / "routes.yaml").read()
        server = await asyncio.to_thread(start, folder, tiers[0])
        found = server.said["bundle"]
        is_stated = found == await _version(server, active.primary.bundle)
        what = "the one before" if found == before else "the new one"
        came_back[what] = came_back.get(what, 0) + 1
        if not is_stated:
            wrong.append(f"came back with {found}, which is not what the state says")
        answers = await during(server.port, world.requests, 50, checked(world), asyncio.sleep(0.2))
        if answers.num_lost() or answers.num_mixed():
            wrong.append(f"{answers.counts} after a kill")
        before = found
    server.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(server.process.wait)
    if left:
        wrong.append(f"{left} processes outlived their server")
    row = [str(count), *(str(came_back.get(what, 0)) for what in ("the one before", "the new one")), str(left)]
    return markdown(
        ["kills while models change", "back with those before", "with the new", "processes left"], [row]
    ), wrong


async def _version(server: Server, bundle: str | None) -> str:
    """Fingerprint of what the server says that it serves, where it serves that bundle."""
    _, document = await server.admin("GET", "/v1/routes")
    return str(document["tiers"]["primary"]["version"]) if document["routes"]["primary"]["bundle"] == bundle else ""
