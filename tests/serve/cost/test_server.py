"""A server in processes of its own: measured while it runs, gone afterwards, and refused in one sentence."""

from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from serve.conftest import Exported
from taskfusion.base.errors import RunError
from taskfusion.serve.cost.server import require_process_times, running


def test_it_tells_what_each_process_takes_and_ends(exported: Exported, items: Path) -> None:
    require_process_times()
    with running(exported.path, ["--items", str(items)]) as server:
        assert len(server.pids) == len(server.cpu_seconds()) == len(server.memory()) == 2
        assert all(seconds > 0 for seconds in server.cpu_seconds())
        assert all(memory.own > 1 for memory in server.memory())
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        with closing(connection), pytest.raises(RunError, match="refuses a request"):
            server.ask(connection, b'{"request": {}, "candidates": []}')
    assert not any(Path(f"/proc/{pid}").exists() for pid in server.pids)


def test_what_cannot_be_served_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be served"), running(tmp_path):
        pass
