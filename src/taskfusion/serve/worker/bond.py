"""A process that scores ends with its server, also where it hangs and would not see the end of its socket."""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""Of prctl(2), which Linux has."""


def end_with(parent: int) -> None:
    """Have the system kill this process when the one that started it ends; elsewhere than on Linux, nothing.

    Args:
        parent: process id of who started it; where that is gone already, this process ends at once.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(0)
