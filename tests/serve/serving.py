"""Servers for tests: one in this process, and one as people start it."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from starlette.testclient import TestClient

from support import log_table
from taskfusion.config.routes import Routes, Tier
from taskfusion.serve.http.app import admin_app, public_app
from taskfusion.serve.http.log import Log
from taskfusion.serve.http.metrics import Metrics
from taskfusion.serve.http.service import Service
from taskfusion.serve.http.settings import ServeSettings
from taskfusion.serve.router.deployment import Deployment
from taskfusion.serve.router.dispatch import Dispatch
from taskfusion.serve.router.fleet import Fleet
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind, Reply
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.settings import CommonSettings

TABLE = log_table(50, seed=3)
ITEMS = TABLE.unique("item_id", maintain_order=True).select("item_id", "tags")
REQUEST: dict[str, Any] = TABLE.select("user_id", "age", "history").row(0, named=True)


@dataclass
class DirectPool:
    """In place of processes that score: the same, in this one."""

    answerer: Answerer
    workers: tuple[()] = ()
    restarts: int = 0
    num_pending: int = 0
    is_lost: bool = False
    is_ready: bool = True
    is_hanging: bool = False
    hang_seconds: float = 0.0
    unfit: int = 0
    refused: RefusedError | None = None
    pause_seconds: float = 0.0
    replies: list[Reply] = field(default_factory=list)
    asked: list[Call] = field(default_factory=list)

    async def call(
        self, kind: Kind, body: bytes, json_length: int = 0, *, seconds: float = NO_LIMIT, with_scored: bool = False
    ) -> Reply:
        if self.refused is not None:
            raise self.refused
        self.asked.append(Call(1, kind, json_length, NO_LIMIT, body, with_scored))
        if self.pause_seconds:
            await asyncio.sleep(self.pause_seconds)
        return self.replies.pop(0) if self.replies else self.answerer.reply(self.asked[-1])

    def allow(self, hang_seconds: float) -> None:
        self.hang_seconds = hang_seconds

    def is_stuck(self, seconds: float) -> bool:
        return self.is_hanging

    async def replace_unfit(self) -> int:
        return self.unfit

    async def close(self) -> None:
        self.is_lost, self.is_ready = True, False

    async def probe(self) -> None:
        if self.refused is not None:
            raise self.refused

    async def counts(self) -> list[dict[str, Any]]:
        return [orjson.loads((await self.call(Kind.COUNTS, b"")).body)]


def service_of(answerer: Answerer, token: bytes | None = None, **settings: Any) -> Service:
    """What routes share, with a log that nobody reads."""
    routes = Routes(primary=Tier(bundle="bundle", deadline_ms=5000), last_resort=False)
    found = ServeSettings(routes=routes, **settings)
    fleet = fleet_of(routes, primary=deployment_of(routes.primary, DirectPool(answerer)))
    return Service(found, Dispatch(fleet, found.common.most_candidates), Metrics(), Log(io.BytesIO()), token)


def pool_of(service: Service, tier: str = "primary") -> DirectPool:
    """Where the calls of a tier arrive."""
    found: Any = service.fleet.deployments[tier].pools[0]
    return found  # type: ignore[no-any-return]


def deployment_of(tier: Tier, *pools: Any) -> Deployment:
    """A model of pools that are there already."""
    started = [pool.answerer.started for pool in pools]
    return Deployment(tier, pools, started, started[0].ordered_by, queue=64)


def fleet_of(routes: Routes, **deployments: Deployment) -> Fleet:
    """A fleet of models that are there already."""
    fleet = Fleet(CommonSettings(), 64, lambda event, **_: None, None)
    fleet._routes = routes
    fleet._deployments = {tier: ((tier,), deployment) for tier, deployment in deployments.items()}
    return fleet


def client_of(answerer: Answerer, token: bytes | None = None, **settings: Any) -> TestClient:
    """A client of a server in this process; a defect of ours is an error here."""
    return TestClient(public_app(service_of(answerer, token, **settings)))


def admin_of(service: Service) -> TestClient:
    """A client of its port for operators."""
    return TestClient(admin_app(service))


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    said: dict[str, Any]
    http: httpx.Client
    admin: httpx.Client

    @property
    def worker(self) -> int:
        """Process id of what scores."""
        found = int(self.said["workers"][0])
        return found

    def raw(self) -> httpx.Response:
        """A request whose candidates have raw values."""
        return self.rank(candidates=ITEMS.rows(named=True))

    def rank(self, **body: Any) -> httpx.Response:
        return self.http.post("/v1/rank", json={"request": REQUEST, "candidates": ["v1", "v2"], **body})


@contextmanager
def started_server(bundle: Path, *options: object) -> Iterator[Server]:
    """A server that is ready; it is ended by SIGTERM, and has to end well."""
    arguments = ["serve", bundle, "--port", 0, "--admin-port", 0, "--json", *options]
    command = [sys.executable, "-c", "from taskfusion.cli import main; main()", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    said = json.loads(line)
    urls = [f"http://127.0.0.1:{said[port]}" for port in ("port", "admin_port")]
    with httpx.Client(base_url=urls[0], timeout=30) as http, httpx.Client(base_url=urls[1], timeout=30) as admin:
        try:
            yield Server(process, said, http, admin)
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
