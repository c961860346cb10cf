"""A server of a file of routes, in a process of its own, and what the system says of it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.load import Connection

END_SECONDS = 60.0
"""That whatever is waited for may take."""

_CODE = "from taskfusion.cli import main; main()"


@dataclass(frozen=True)
class Server:
    """A server that is ready.

    Attributes:
        process: of HTTP.
        said: what it said when it was ready.
        log: file of its events.
    """

    process: "subprocess.Popen[bytes]"
    said: dict[str, Any]
    log: Path

    @property
    def port(self) -> int:
        """Of requests."""
        return int(self.said["port"])

    async def admin(self, method: str, path: str, content: object = None) -> tuple[int, dict[str, Any]]:
        """Status and document of a request to the port for operators."""
        connection = Connection("127.0.0.1", self.said["admin_port"])
        body = b"" if content is None else json.dumps(content).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
        status, answer = await connection.ask(head.encode() + body)
        connection.close()
        return status, orjson.loads(answer)

    async def put(self, **tiers: Any) -> tuple[int, dict[str, Any]]:  # noqa: ANN401  as JSON has them
        """Status and document of a change of routes."""
        return await self.admin("PUT", "/v1/routes", tiers)

    async def tier(self, name: str = "primary") -> dict[str, Any]:
        """What it says of a tier."""
        _, document = await self.admin("GET", "/v1/routes")
        found: dict[str, Any] = document["tiers"][name]
        return found

    async def worker(self, name: str = "primary") -> int:
        """Process id of what scores in a tier, as soon as there is one."""

        async def found() -> int | None:
            pid: int | None = (await self.tier(name))["processes"][0]
            return pid

        return int(await until(found))

    def events(self, name: str) -> int:
        """How many events of a name it logged."""
        return sum(f'"{name}"' in line for line in self.log.read_text().splitlines())

    def megabytes(self) -> float:
        """Memory of the process of HTTP."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) / 1e3

    def files(self) -> int:
        """Files and sockets that it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def children(self) -> list[int]:
        """Processes that it started and that are there."""
        found = []
        for one in Path("/proc").iterdir():
            try:
                fields = (one / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if one.name.isdigit() and fields[1] == str(self.process.pid) and fields[0] != "Z":
                found.append(int(one.name))
        return found


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = END_SECONDS) -> Any:  # noqa: ANN401
    """What a condition gives once it is true.

    Raises:
        TimeoutError: it was not after so many seconds.
    """
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.02)
    return found


def is_alive(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def start(folder: Path, routes: dict[str, Any], *options: str) -> Server:
    """A server of routes, or of those that it kept in the same folder.

    Raises:
        RuntimeError: it does not begin.
    """
    folder.mkdir(exist_ok=True)
    file, log = folder / "routes.yaml", folder / "server.log"
    if not file.exists():
        file.write_text(json.dumps(routes))
    command = [sys.executable, "-c", _CODE, "serve", str(file), "--port", "0", "--admin-port", "0", "--json", *options]
    with log.open("ab") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the server did not begin:\n{log.read_text()[-2000:]}")
    return Server(process, json.loads(line), log)


@asynccontextmanager
async def running(folder: Path, routes: dict[str, Any], *options: str) -> AsyncIterator[Server]:
    """A server, which is ended by SIGTERM.

    Raises:
        RuntimeError: it does not begin, does not end, or leaves a process behind.
    """
    server = start(folder, routes, *options)
    try:
        yield server
    finally:
        pids = server.children()
        server.process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(server.process.wait, END_SECONDS)
        end = time.monotonic() + 5
        while (left := [pid for pid in pids if is_alive(pid)]) and time.monotonic() < end:
            await asyncio.sleep(0.02)
        if code or left:
            raise RuntimeError(f"the server ended with {code}, and left the processes {left} behind")
