"""A process that scores and hangs does not outlive a server that is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from taskfusion.serve.worker.bond import end_with

CHILD = """
import sys, time
from taskfusion.serve.worker.bond import end_with
end_with(int(sys.argv[1]))
print(1, flush=True)
time.sleep(60)
"""
SERVER = """
import os, subprocess, sys
process = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())], stdout=subprocess.PIPE)
process.stdout.readline()
print(process.pid, flush=True)
process.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's end")
def test_one_that_is_stopped_ends_with_its_server() -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER, CHILD], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    child = int(server.stdout.readline())
    os.kill(child, signal.SIGSTOP)
    server.kill()
    server.communicate()
    end = time.monotonic() + 10
    while _is_alive(child) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _is_alive(child)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's end")
def test_one_whose_server_is_gone_already_ends_at_once() -> None:
    code = "from taskfusion.serve.worker.bond import end_with; end_with(1); print('still here')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_elsewhere_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    end_with(-1)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
