"""What kill -9 at random moments does to a ramp on a real server.

python -m benchmarks.ramp_kills [--kills 1000] [--write]

A real taskfusion serve holds an old and a new model. taskfusion pilot ramp widens the new one in stages of a fraction
of a second, is killed at a random moment, and started again, until it ends; then the next ramp begins. Every third one
is harmful: an alarm asks for its end at a random stage. Between ramp and server stands a proxy that notes each change.
After each kill the journal is held against the server, and in the end the changes against the stages. Ctrl-C ends it
earlier.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, pairwise
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Final

from benchmarks.__main__ import DOCS, cpu_name, write
from benchmarks.failsafe.server import Server, start
from benchmarks.failsafe.world import make_world
from benchmarks.rounds import markdown
from taskfusion.base.record import write_artifact
from taskfusion.config.ramp import Ramp, read_ramp
from taskfusion.pilot.ramp.history import states_of
from taskfusion.pilot.ramp.journal import JOURNAL
from taskfusion.pilot.ramp.machine import State
from taskfusion.run.record.alarms import Alarm, AlarmRecord
from taskfusion.run.record.ramp import JournalLine

STAGES: Final = ("shadow", 1, 5, 20, 50, 100)
STAGE_SECONDS: Final = 0.15
ALARM_SECONDS: Final = 0.5
_CODE: Final = "from taskfusion.cli import main; main()"
_EARLY: Final = 8
Place = float | str | None
"""Of the candidate: percent, shadow, or nowhere."""


def place_of(routes: dict[str, Any]) -> Place:
    """Where routes have the candidate."""
    if "shadow" in routes:
        return "shadow"
    percent: float = routes.get("canary", {}).get("percent", 0)
    return percent or None


def allowed(state: State, percents: Sequence[float]) -> set[Place]:
    """Where the server may have the candidate in a state of the journal."""
    places: list[Place] = [None, *(percent or "shadow" for percent in percents)]
    here, after = places[state.stage + 1], places[min(state.stage + 2, len(percents))]
    if state.phase == "moving":
        return {here, after}
    if state.phase == "leaving":
        return {here, after, None}
    return {None} if state.phase in ("new", "rolled back") else {here}


def num_skipped(changes: Sequence[Place], percents: Sequence[float]) -> int:
    """Changes that are neither the next stage, nor the same again, nor the end."""
    places: list[Place] = [None, *(percent or "shadow" for percent in percents)]
    steps = {(place, place) for place in places} | {(place, None) for place in places} | set(pairwise(places))
    return sum(step not in steps for step in pairwise([None, *changes]))


@dataclass
class Alarms:
    """alarms.json, written again and again.

    Attributes:
        path: of it.
        harm_at: where the candidate begins to harm; 0: never.
        is_harmful: whether it does now.
    """

    path: Path
    harm_at: Place = 0
    is_harmful: bool = False

    def write(self) -> None:
        """Write it."""
        now = datetime.now(UTC)
        harm = Alarm(
            name="calibration", task="click", kpi=None, feature=None, segment=None, bundle=None, since=now,
            severity="page", action="roll back", value=1, limit=0, remedy="calibration",
        )  # fmt: skip
        alarms = [harm] if self.is_harmful else []
        write_artifact(self.path, AlarmRecord(written=now, data_until=None, alarms=alarms))


@dataclass
class Proxy:
    """Between a ramp and a server.

    Attributes:
        port: of the server.
        alarms: that begin when the candidate comes to a place.
        changes: where the candidate was after each change.
        num_together: changes to a stage that began while one to another stage was under way.
        address: of the proxy.
    """

    port: int
    alarms: Alarms
    changes: list[Place] = field(default_factory=list)
    num_together: int = 0
    address: str = ""
    _under_way: list[Place] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def forward(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Ask the server, and note what changed."""
        is_change = method != "GET"
        target = place_of({"canary": json.loads(body)} if method == "PATCH" else json.loads(body or b"{}"))
        with self._lock:
            self.num_together += target is not None and any(one not in (None, target) for one in self._under_way)
            self._under_way.append(target)
        try:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request(method, path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
        finally:
            with self._lock:
                self._under_way.remove(target)
        if is_change and answer.status == 200:
            self._note(place_of(json.loads(content)["routes"]))
        return answer.status, content

    def _note(self, place: Place) -> None:
        with self._lock:
            self.changes.append(place)
        if place == self.alarms.harm_at and not self.alarms.is_harmful:
            self.alarms.is_harmful = True
            self.alarms.write()


@contextmanager
def running(proxy: Proxy) -> Iterator[Proxy]:
    """A proxy that forwards, and alarms that are written, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, content = proxy.forward(self.command, self.path, body)
            with suppress(OSError):  # who asked was killed
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_PUT = do_PATCH = _forward

        def log_message(self, *arguments: object) -> None:
            """Nothing is logged."""

    server, ended = ThreadingHTTPServer(("127.0.0.1", 0), Handler), Event()
    proxy.address = f"http://127.0.0.1:{server.server_port}"

    def write_alarms() -> None:
        while not ended.wait(ALARM_SECONDS):
            proxy.alarms.write()

    threads = [Thread(target=server.serve_forever, daemon=True), Thread(target=write_alarms, daemon=True)]
    for thread in threads:
        thread.start()
    try:
        yield proxy
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


@dataclass
class Counts:
    """What was seen.

    Attributes:
        kills: of a ramp.
        between: after which the journal announced a change that it did not have the outcome of.
        passed: ramps that went through all stages.
        rolled_back: ramps that ended with nobody at the candidate.
        skipped: changes of the server that are not the next stage.
        together: changes to a stage that began while one to another stage was under way.
        unequal: states of the server other than the journal's, after kills and at ends.
    """

    kills: int = 0
    between: int = 0
    passed: int = 0
    rolled_back: int = 0
    skipped: int = 0
    together: int = 0
    unequal: int = 0


@dataclass
class Work:
    """Ramps that are killed.

    Attributes:
        folder: of all files.
        server: a real one.
        proxy: before it.
        old: bundle of the primary.
        new: bundle of the candidate.
        unit: column of a request by which units are told apart.
        counts: what was seen.
    """

    folder: Path
    server: Server
    proxy: Proxy
    old: Path
    new: Path
    unit: str
    counts: Counts = field(default_factory=Counts)

    def ramp(self, number: int, most_kills: int) -> None:
        """One ramp from its beginning to its end, killed on the way.

        Raises:
            RuntimeError: it does not end as it should.
        """
        rng = random.Random(number)
        file, out, is_harmful = self._begin(number, rng)
        settings = read_ramp(file)
        for _ in range(1000):
            may_kill = self.counts.kills < most_kills
            process = self._launched(file, out)
            was_killed = may_kill and _killed(process, out / JOURNAL, rng)
            if not was_killed:
                _, errors = process.communicate(timeout=120)
            state = self._held_against_the_server(out, settings)
            if not was_killed:
                break
            self.counts.kills += 1
            self.counts.between += state.phase in ("moving", "leaving")
        expected = "rolled back" if is_harmful else "done"
        if state.phase != expected or process.returncode != is_harmful:
            raise RuntimeError(f"ramp {number} should be {expected}, but is {state}:\n{errors.decode()[-2000:]}")
        self.counts.passed += not is_harmful
        self.counts.rolled_back += is_harmful
        self.counts.skipped += num_skipped(self.proxy.changes, settings.percents)
        self.counts.together = self.proxy.num_together

    def _begin(self, number: int, rng: random.Random) -> tuple[Path, Path, bool]:
        """Routes without the candidate, and files of a ramp; in three of four the model is loaded already."""
        alarms = self.proxy.alarms
        alarms.harm_at, alarms.is_harmful = 0, False
        alarms.write()
        routes: dict[str, Any] = {"primary": {"bundle": str(self.old), "deadline_ms": 5000}, "unit": self.unit}
        if number % 4:
            routes["fallback"] = {"bundle": str(self.new), "deadline_ms": 5000}
        self.proxy.forward("PUT", "/v1/routes", json.dumps(routes).encode())
        self.proxy.changes.clear()
        is_harmful = number % 3 == 2
        if is_harmful:
            places: list[Place] = ["shadow", 1.0, 5.0, 20.0, 50.0]
            alarms.harm_at = rng.choice(places)
        file = self.folder / f"ramp-{number}.yaml"
        hours = STAGE_SECONDS / 3600
        content = {
            "charter": "charter.yaml", "server": self.proxy.address, "alarms": str(alarms.path),
            "candidate": {"bundle": str(self.new), "deadline_ms": 5000}, "check_seconds": 0.02,
            "stages": [{"percent": one, "hours": hours} for one in STAGES],
        }  # fmt: skip
        file.write_text(json.dumps(content))
        return file, self.folder / f"out-{number}", is_harmful

    def _launched(self, file: Path, out: Path) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", _CODE, "pilot", "ramp", str(file), "--out", str(out), "--json"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def _held_against_the_server(self, out: Path, ramp: Ramp) -> State:
        """The state of the journal, which is counted where the server has another one."""
        state = _recorded(out / JOURNAL, ramp)
        _, content = self.proxy.forward("GET", "/v1/routes", b"")
        after = _recorded(out / JOURNAL, ramp)
        found = place_of(json.loads(content)["routes"])
        self.counts.unequal += state != after or found not in allowed(state, ramp.percents)
        return state


def _killed(process: "subprocess.Popen[bytes]", journal: Path, rng: random.Random) -> bool:
    """Kill a ramp after it wrote its next line, or one time in eight while it begins; False: it ended before."""
    before = journal.stat().st_size if journal.exists() else 0
    is_early = rng.randrange(_EARLY) == 0
    end = time.monotonic() + (rng.uniform(0, 1.5) if is_early else 60)
    while time.monotonic() < end and process.poll() is None:
        if not is_early and journal.exists() and journal.stat().st_size > before:
            time.sleep(rng.uniform(0, 4 * STAGE_SECONDS))
            break
        time.sleep(0.002)
    if process.poll() is not None:
        return False
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def _recorded(journal: Path, ramp: Ramp) -> State:
    """The state of a journal without its cut last line."""
    content = journal.read_bytes() if journal.exists() else b""
    whole = content[: content.rfind(b"\n") + 1].splitlines()
    lines = [JournalLine.model_validate_json(line) for line in whole]
    return states_of(ramp, lines)[-1] if lines else State()


def measure(folder: Path, old: Path, new: Path, kills: int, unit: str = "user") -> Counts:
    """Kill ramps on a server until there were so many kills.

    Args:
        folder: of all files.
        old: bundle of the primary.
        new: bundle of the candidate.
        kills: of a ramp.
        unit: column of a request by which units are told apart.
    """
    kpi = {"name": "click", "meaning": "Clicks", "unit": "clicks", "event": "click", "delay_days": 0}
    kpi |= {"direction": "up", "role": "success", "least_effect": 0.01, "owner": "me"}
    (folder / "kpi.yaml").write_text(json.dumps({"kpis": [kpi]}))
    charter = {"name": "pilot", "metrics": [{"kpi": "click", "value": "click"}], "unit": unit, "time": "time"}
    (folder / "charter.yaml").write_text(json.dumps(charter))
    server = start(folder / "server", {"primary": {"bundle": str(old)}, "unit": unit})
    try:
        with running(Proxy(server.said["admin_port"], Alarms(folder / "alarms.json"))) as proxy:
            work = Work(folder, server, proxy, old, new, unit)
            with suppress(KeyboardInterrupt):
                for number in count():
                    if work.counts.kills >= kills:
                        break
                    work.ramp(number, kills)
                    print(f"{number + 1} ramps: {work.counts}", file=sys.stderr, flush=True)
            return work.counts
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)


def table(found: Counts) -> str:
    """What was seen, as a table."""
    head = ["kill -9", "between a change and its record", "ramps passed", "rolled back", "stages skipped"]
    cells = [found.kills, found.between, found.passed, found.rolled_back, found.skipped, found.together, found.unequal]
    return markdown([*head, "two changes at once", "server not as recorded"], [[f"{cell:,}" for cell in cells]])


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point; exit code 1 where something was as it should not be."""
    parser = argparse.ArgumentParser(prog="benchmarks.ramp_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="of a ramp (default: 20)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/pilot.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        world = make_world(Path(name), num_requests=2, num_candidates=2)
        found = measure(Path(name), *world.good, options.kills)
    text = table(found)
    print(text, flush=True)
    if options.write:
        note = f"A real server, stages of {STAGE_SECONDS:g} s, every third candidate harmful; {cpu_name()}."
        write(DOCS / "pilot.md", "ramp-kills", f"{note}\n\n{text}")
    if found.skipped or found.together or found.unequal:
        sys.exit("a ramp that is killed should skip no stage, make one change at a time, and leave what it recorded")


if __name__ == "__main__":
    main()
