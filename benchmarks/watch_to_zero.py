"""From an alarm to 0 % of the traffic: how long a canary answers on after a watch wants it rolled back.

python -m benchmarks.watch_to_zero [--repeats 20] [--write]

A real server answers clients all the time. In each repeat `taskfusion pilot ramp`, with its settings as they are by
default, gives a fifth of the units to a candidate; then, at a random moment, alarms.json has an alarm that asks for a
roll back. What is measured are the seconds from the moment the file is there to the last answer of the candidate, by
the clients' clock, and to routes that give it no unit.
"""

import argparse
import asyncio
import itertools
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import yaml

from benchmarks.__main__ import DOCS, cpu_name, write
from benchmarks.failsafe.server import Server, running, until
from benchmarks.failsafe.world import make_world
from benchmarks.load import Connection
from benchmarks.rounds import markdown
from taskfusion.base.record import write_artifact
from taskfusion.run.record.alarms import Alarm, AlarmRecord

CLIENTS: Final = 4
PERCENT: Final = 20
LIMIT_SECONDS: Final = 2.0
BEAT_SECONDS: Final = 1.0
"""Between two alarms.json while nothing is wrong."""

_REST_SECONDS: Final = 0.01
"""Of a client between two requests, so that the server is not all that the machine does."""

KPIS: Final = {
    "kpis": [
        {
            "name": "ctr",
            "meaning": "Clicks per impression.",
            "unit": "clicks per impression",
            "task": "click",
            "delay_days": 0,
            "direction": "up",
            "role": "success",
            "least_effect": 0.01,
            "owner": "ranking",
        }
    ]
}


@dataclass(frozen=True)
class Field:
    """What is ramped.

    Attributes:
        folder: of the ramps and of the alarms.
        server: that answers.
        candidate: tier of the routes.
        bodies: whole requests of different units.
        unit: column of a request.
    """

    folder: Path
    server: Server
    candidate: dict[str, Any]
    bodies: Sequence[bytes]
    unit: str

    @property
    def alarms(self) -> Path:
        """File of the alarms."""
        return self.folder / "alarms.json"


@dataclass
class Seen:
    """Answers of clients.

    Attributes:
        answers: number of them.
        failed: answers that were no predictions.
        last: moment of the candidate's last answer; None: it gave none.
    """

    answers: int = 0
    failed: int = 0
    last: float | None = field(default=None)


@dataclass(frozen=True)
class Delay:
    """One repeat.

    Attributes:
        answer_seconds: from the alarm to the candidate's last answer; 0: it gave none afterwards.
        routes_seconds: from the alarm to routes that give it no unit.
        answers: of all clients.
        failed: of these, without predictions.
    """

    answer_seconds: float
    routes_seconds: float
    answers: int
    failed: int


def raise_alarm(path: Path, *, action: str = "") -> float:
    """Write alarms.json as a watch does, without an alarm where no action is named.

    Returns:
        The moment when it was there.
    """
    now = datetime.now(UTC)
    about: dict[str, Any] = {"task": "click", "kpi": "ctr", "feature": None, "segment": None, "bundle": None}
    asked = {"severity": "page", "action": action, "value": 12.0, "limit": 9.0, "remedy": "calibration"}
    found = [Alarm.model_validate({"name": "calibration", "since": now, **about, **asked})] if action else []
    write_artifact(path, AlarmRecord(written=now, data_until=now, alarms=found))
    return time.monotonic()


async def repeat(given: Field, number: int) -> Delay:
    """Widen a candidate, raise an alarm, and see how long it answers on.

    Raises:
        RuntimeError: the ramp did not roll back.
    """
    raise_alarm(given.alarms)
    process = _ramp(given, number)
    seen, stop = Seen(), asyncio.Event()
    clients = [asyncio.create_task(_ask(given, seen, stop, first)) for first in range(CLIENTS)]
    beat = asyncio.create_task(_beat(given.alarms))
    await until(lambda: _answered(seen))
    await asyncio.sleep(random.Random(number).uniform(0, 2 * BEAT_SECONDS))
    beat.cancel()
    with suppress(asyncio.CancelledError):
        await beat
    moment = raise_alarm(given.alarms, action="roll back")
    await until(lambda: _is_gone(given.server))
    gone = time.monotonic()
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.gather(*clients)
    said, errors = await asyncio.to_thread(process.communicate)
    if process.returncode != 1:
        raise RuntimeError(f"the ramp should roll back, but ended with {process.returncode}: {said!r} {errors!r}")
    last = max(0.0, (seen.last or moment) - moment)
    return Delay(last, gone - moment, seen.answers, seen.failed)


def _ramp(given: Field, number: int) -> "subprocess.Popen[bytes]":
    """A ramp in a directory of its own."""
    folder = given.folder / f"ramp-{number}"
    folder.mkdir()
    charter = {"name": f"to-zero-{number}", "metrics": [{"kpi": "ctr", "value": "click"}]}
    ramp = {
        "charter": "charter.yaml",
        "server": f"http://127.0.0.1:{given.server.said['admin_port']}",
        "candidate": given.candidate,
        "stages": [{"percent": PERCENT, "hours": 24}],
        "alarms": str(given.alarms),
    }
    files = {"kpi": KPIS, "charter": {**charter, "unit": given.unit, "time": "time"}, "ramp": ramp}
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
    program = "from taskfusion.cli import main; main()"
    command = [sys.executable, "-c", program, "pilot", "ramp", str(folder / "ramp.yaml"), "--out", str(folder / "out")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


async def _ask(given: Field, seen: Seen, stop: asyncio.Event, first: int) -> None:
    connection = Connection("127.0.0.1", given.server.port)
    for number in itertools.count(first):
        if stop.is_set():
            break
        status, body = await connection.ask(given.bodies[number % len(given.bodies)])
        seen.answers += 1
        seen.failed += status != 200
        if status == 200 and orjson.loads(body)["tier"] == "canary":
            seen.last = time.monotonic()
        await asyncio.sleep(_REST_SECONDS)
    connection.close()


async def _beat(path: Path) -> None:
    """What a watch does while nothing is wrong."""
    while True:
        raise_alarm(path)
        await asyncio.sleep(BEAT_SECONDS)


async def _answered(seen: Seen) -> bool:
    return seen.last is not None


async def _is_gone(server: Server) -> bool:
    _, document = await server.admin("GET", "/v1/routes")
    canary = document["routes"].get("canary")
    return canary is None or canary["percent"] == 0


def table(delays: Sequence[Delay]) -> str:
    """The table of the page.

    Raises:
        RuntimeError: the candidate answered for longer than it may.
    """
    answers = np.array([one.answer_seconds for one in delays])
    routes = np.array([one.routes_seconds for one in delays])
    if answers.max() > LIMIT_SECONDS:
        raise RuntimeError(
            f"the last answer should come within {LIMIT_SECONDS:g} s, but came after {answers.max():.2f} s"
        )
    cells = [f"{len(delays)}", f"{sum(one.answers for one in delays):,}", f"{sum(one.failed for one in delays):,}"]
    for found in (answers, routes):
        cells += [f"{np.median(found):.2f}", f"{np.quantile(found, 0.95):.2f}", f"{found.max():.2f}"]
    head = ["alarms", "answers", "failed", "last answer: median s", "95 %", "worst"]
    return markdown([*head, "routes: median s", "95 %", "worst"], [cells])


async def report(folder: Path, repeats: int) -> str:
    """Repeat it on one server, and the table."""
    world = await asyncio.to_thread(make_world, folder / "world")
    first, second = ({"bundle": str(bundle), "deadline_ms": 2000} for bundle in world.good)
    async with running(folder / "server", {"primary": first, "unit": "user"}) as server:
        given = Field(folder, server, second, world.requests, "user")
        return table([await repeat(given, number) for number in range(repeats)])


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.watch_to_zero", description=__doc__)
    parser.add_argument("--repeats", type=int, default=20, help="alarms (default: 20)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/watch.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        text = asyncio.run(report(Path(name), options.repeats))
    print(text, flush=True)
    if options.write:
        note = f"{PERCENT} % of the units on the candidate, {CLIENTS} clients; {cpu_name()}."
        write(DOCS / "watch.md", "watch-to-zero", f"{note}\n\n{text}")


if __name__ == "__main__":
    main()
