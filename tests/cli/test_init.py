"""Ctrl-C while the program is loaded."""

import signal
import subprocess
import sys
import time

import pytest


@pytest.mark.parametrize("seconds", [0.1, 0.4, 0.7])
def test_ctrl_c_while_modules_are_loaded_is_no_traceback(seconds: float) -> None:
    """At first those of the command line, then torch."""
    program = "import taskfusion.cli; print('begun', flush=True); taskfusion.cli.main()"
    command = [sys.executable, "-c", program, "evaluate", "no run", "--data", "no table"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        _, shown = process.communicate()
    assert (process.returncode, shown) == (130, b"error: stopped\n")
