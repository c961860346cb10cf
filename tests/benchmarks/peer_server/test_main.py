"""The comparison reads what processes took, and measures our server as it does LitServe."""

import os
import signal
import subprocess
import sys
import time

from benchmarks.peer_server.__main__ import cpu_seconds, family, megabytes

_CHILD = (
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; sum(range(10**7)); time.sleep(60)'])"
)


def test_a_family_is_a_process_and_all_that_come_from_it() -> None:
    process = subprocess.Popen([sys.executable, "-c", _CHILD])
    try:
        until = time.monotonic() + 20
        while cpu_seconds(process.pid) < 0.1 and time.monotonic() < until:
            time.sleep(0.02)
        found = family(process.pid)
        assert found[0] == process.pid
        assert len(found) == 2
        assert process.pid in family(os.getpid())
        parent_seconds = cpu_seconds(found[1])
        assert cpu_seconds(process.pid) >= parent_seconds > 0
        assert 1 < megabytes(process.pid) < 100
    finally:
        for pid in family(process.pid)[::-1]:
            os.kill(pid, signal.SIGKILL)
        process.wait()
