"""taskfusion serve in processes of its own, whose CPU time and memory the system tells."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from taskfusion.base.errors import RunError

_TICKS: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PROGRAM: Final = "from taskfusion.cli import main; main()"
_END_SECONDS: Final = 30
_PROC: Final = Path("/proc")


@dataclass(frozen=True)
class Memory:
    """Of one process, in MB.

    Attributes:
        own: what no other process shares.
        mapped: files that it has mapped, which processes of one machine share.
    """

    own: float
    mapped: float


@dataclass(frozen=True)
class RunningServer:
    """A server that answers.

    Attributes:
        port: of requests.
        pids: of the server, and of the processes that score.
    """

    port: int
    pids: tuple[int, ...]

    def cpu_seconds(self) -> list[float]:
        """That each process took so far."""
        stats = [(_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split() for pid in self.pids]
        return [(int(stat[11]) + int(stat[12])) / _TICKS for stat in stats]

    def memory(self) -> list[Memory]:
        """Of each process."""
        return [Memory(*(_megabytes(pid, name) for name in ("RssAnon:", "RssFile:"))) for pid in self.pids]

    def ask(self, connection: HTTPConnection, body: bytes) -> None:
        """POST /v1/rank.

        Raises:
            RunError: it is refused; the message says why.
        """
        connection.request("POST", "/v1/rank", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RunError(f"the server refuses a request that was drawn from the table: {content.decode()[:300]}")


def require_process_times() -> None:
    """Raises RunError where the system does not tell what other processes take."""
    if not (_PROC / "self" / "stat").exists():
        raise RunError("CPU time and memory of servers are read from /proc, which this system lacks; measure on Linux")


@contextmanager
def running(served: Path, options: Sequence[str] = ()) -> Iterator[RunningServer]:
    """A server on loopback.

    Args:
        served: a bundle, or a file of routes.
        options: of taskfusion serve, without its ports.

    Raises:
        RunError: it cannot begin; the message says why.
    """
    command = [sys.executable, "-c", _PROGRAM, "serve", str(served), "--json", "--port", "0", "--admin-port", "0"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=log)
        try:
            line = b"" if process.stdout is None else process.stdout.readline()
            said = json.loads(line) if line.strip() else {"error": f"it ended with code {process.wait()}"}
            if "error" in said:
                raise RunError(f"'{served}' cannot be served: {said['error']}")
            yield RunningServer(int(said["port"]), (process.pid, *map(int, said["workers"])))
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def _megabytes(pid: int, name: str) -> float:
    text = (_PROC / str(pid) / "status").read_text()
    return int(text.partition(name)[2].split()[0]) / 1e3
