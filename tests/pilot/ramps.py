"""A server's admin port in this process, which keeps routes as taskfusion serve does, and ramps on it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from pilot.logs import charter
from taskfusion.base.errors import RunError
from taskfusion.base.record import write_artifact
from taskfusion.config.charter import Charter
from taskfusion.config.derive import derive
from taskfusion.config.ramp import Ramp, Stage
from taskfusion.config.routes import Canary, Routes, Tier
from taskfusion.pilot.ramp.drive import Drive, Outside
from taskfusion.pilot.ramp.server import Server, ServerAwayError
from taskfusion.run.record.alarms import Alarm, AlarmAction, AlarmRecord
from taskfusion.run.record.ramp import JournalLine, RampRecord

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
BASE = Routes(primary=Tier(bundle="/models/old"), unit="user_id", score="0.7*like")
STAGES = tuple(Stage(percent=percent, hours=1) for percent in ("shadow", 1.0, 5.0, 100.0))


@dataclass
class StandIn:
    """What an admin port holds.

    Attributes:
        routes: in force.
        changes: percent of the candidate after each change; 0: none or shadow.
        status: of every answer in place of what is true; 0: what is true.
        versions: fingerprints by directory, where they are not its last part.
        breaker: of all models.
    """

    routes: Routes = BASE
    changes: list[float] = field(default_factory=list)
    status: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    breaker: str = "closed"
    address: str = ""

    def answer(self, method: str, content: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.status:
            return self.status, {"error": {"code": "no_token", "message": "models are changed only with a token"}}
        if method == "PUT":
            self._put(Routes.model_validate(content))
        elif method == "PATCH":
            if self.routes.canary is None:
                return 422, {"error": {"code": "unusable", "message": "there is no canary"}}
            canary = Canary.model_validate(self.routes.canary.model_dump() | content)
            self._put(derive(self.routes, canary=canary))
        return 200, self.document()

    def document(self) -> dict[str, Any]:
        tiers = {name: "+".join(map(self._version, tier.directories)) for name, tier in self.routes.tiers.items()}
        return {
            "routes": self.routes.model_dump(mode="json", exclude_defaults=True),
            "tiers": {name: {"version": version, "breaker": self.breaker} for name, version in tiers.items()},
        }

    def _version(self, directory: str) -> str:
        return self.versions.get(directory, Path(directory).name)

    def _put(self, routes: Routes) -> None:
        self.routes = routes
        self.changes.append(0.0 if routes.canary is None else routes.canary.percent)


class Direct(Server):
    """A client without a network."""

    def __init__(self, server: StandIn) -> None:
        super().__init__("http://localhost")
        self._stand_in = server

    def _asked(self, method: str, path: str, content: Any, seconds: float) -> Any:
        status, document = self._stand_in.answer(method, content or {})
        if status >= 500:
            raise ServerAwayError(str(status))
        if status >= 400:
            raise RunError(document["error"]["message"])
        return document


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """A server that answers while the block runs."""
    found = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, document = found.answer(self.command, json.loads(body or b"{}"))
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_PATCH = _answer

        def log_message(self, *arguments: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class World:
    """A ramp with its server, its alarms and a clock that a test sets.

    Attributes:
        folder: of the ramp.
        server: where it runs.
        now: of the clock.
        lines: of the journal, as they were told.
        seen: routes of the server when each line was written.
        ramp: settings.
    """

    folder: Path
    server: StandIn
    now: datetime = START
    lines: list[JournalLine] = field(default_factory=list)
    seen: list[Routes] = field(default_factory=list)
    ramp: Ramp = field(init=False)

    def __post_init__(self) -> None:
        self.ramp = self.of()
        self.alarm()

    def of(self, **more: Any) -> Ramp:
        content: dict[str, Any] = {
            "charter": "charter.yaml", "candidate": Tier(bundle="/models/new"),
            "stages": STAGES, "alarms": str(self.folder / "alarms.json"), "check_seconds": 600, "missing_hours": 2,
            "inconclusive_hours": 5,
        }  # fmt: skip
        return Ramp(**{**content, **more})

    @property
    def charter(self) -> Charter:
        return charter(name="pilot")

    def drive(self, until: int | None = None) -> Drive:
        """The ramp from its journal on, as a new process has it."""

        def told(line: JournalLine, record: RampRecord) -> None:
            self.lines.append(line)
            self.seen.append(self.server.routes)

        outside = Outside(told, lambda *_: None, lambda: self.now, lambda ramp, _: self.wait(ramp.check_seconds))
        return Drive(self.ramp, self.charter, {}, self.folder / "ramp", until, outside)

    def wait(self, seconds: float) -> None:
        """Time goes by, and alarms are written again."""
        self.now += timedelta(seconds=seconds)
        if self._alarms is not None:
            self.alarm(*self._alarms)

    def alarm(self, action: AlarmAction | None = None, bundle: str | None = None) -> None:
        """Write one alarm, or none."""
        self._alarms: tuple[AlarmAction | None, str | None] | None = (action, bundle)
        found = [] if action is None else [alarm_of(action, bundle, self.now)]
        write_artifact(self.folder / "alarms.json", AlarmRecord(written=self.now, data_until=None, alarms=found))

    def silence(self) -> None:
        """Whoever writes alarms is gone."""
        self._alarms = None


def alarm_of(action: AlarmAction, bundle: str | None, since: datetime) -> Alarm:
    """An alarm of the calibration of like."""
    return Alarm(
        name="calibration", task="like", kpi=None, feature=None, segment=None, bundle=bundle, since=since,
        severity="page", action=action, value=12.0, limit=9.0, remedy="calibration",
    )  # fmt: skip
