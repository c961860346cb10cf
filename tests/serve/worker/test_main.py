"""The process that scores: it loads neither torch nor Polars, and ends with its socket."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from serve.conftest import Exported
from serve.serving import REQUEST
from taskfusion.serve.worker import __main__ as entry
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind, Reply
from taskfusion.serve.worker.settings import Started, WorkerSettings

CODE = """
import sys
from taskfusion.serve.worker.__main__ import main
main(sys.argv[1:])
print(*(name for name in ("torch", "polars", "lightgbm", "starlette", "scipy") if name in sys.modules))
"""


def _reply(connection: socket.socket, buffer: bytearray) -> Reply:
    while (found := Reply.take(buffer)) is None:
        buffer += connection.recv(1 << 16)
    return found


def test_it_answers_until_its_socket_ends_and_loads_neither_torch_nor_polars(exported: Exported) -> None:
    ours, theirs = socket.socketpair()
    settings = WorkerSettings(bundle=str(exported.path)).model_dump_json()
    with ours, theirs:
        command = [sys.executable, "-c", CODE, str(theirs.fileno()), str(os.getpid()), settings]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=subprocess.PIPE, text=True)
        theirs.close()
        buffer = bytearray()
        assert Started.model_validate_json(_reply(ours, buffer).body).error is None
        body = json.dumps({"request": REQUEST, "candidates": [{"item_id": "v1", "tags": None}]}).encode()
        ours.sendall(Call(3, Kind.RANK, 0, NO_LIMIT, body).packed())
        reply = _reply(ours, buffer)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == os.getpriority(os.PRIO_PROCESS, 0)
        assert (reply.number, reply.status) == (3, 200)
    assert process.communicate(timeout=20)[0].strip() == ""
    assert process.returncode == 0


def test_it_says_why_it_cannot_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(entry, "end_with", lambda _: None)
    ours, theirs = socket.socketpair()
    with ours:
        entry.main([str(theirs.detach()), "0", WorkerSettings(bundle=str(tmp_path)).model_dump_json()])
        started = Started.model_validate_json(_reply(ours, bytearray()).body)
    assert started.error is not None
    assert "made by taskfusion export" in started.error


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a thread is nice by itself")
def test_what_loads_gives_way_to_what_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was started again took a core from the fallback."""
    found: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "setpriority", lambda _, thread, value: found.append((thread, value)))
    answerer, started = entry._loaded(WorkerSettings(bundle=str(tmp_path)).model_dump_json())
    assert (answerer, started.error is None) == (None, False)
    assert found == [(threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + 5)]
