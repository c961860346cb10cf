"""Ctrl-C while modules are loaded."""

import signal
import subprocess
import sys

import pytest

from taskfusion.cli.loading import loading


def test_ctrl_c_while_modules_load_ends_the_process_at_once() -> None:
    """Not even a handler of all exceptions, as some packages have around their imports, sees it."""
    code = """
import os, signal
from taskfusion.cli.loading import loading
with loading():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(10**8): pass
    except BaseException:
        print("seen")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "error: stopped\n")


def test_after_it_ctrl_c_is_an_exception_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    with loading():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyError), loading():
        raise KeyError
    assert signal.getsignal(signal.SIGINT) is before


def test_where_ctrl_c_is_ignored_it_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with loading():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
