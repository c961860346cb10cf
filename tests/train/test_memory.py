"""What malloc does with freed memory, seen in the page faults of a process of its own."""

import ctypes
import platform
import subprocess
import sys

import pytest

from taskfusion.train.memory import keep_freed_memory

FAULTS = """
import ctypes, resource, sys
from taskfusion.train.memory import keep_freed_memory

if sys.argv[1] == "kept":
    assert keep_freed_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes, libc.memset.argtypes = [ctypes.c_void_p], [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]

def step():
    blocks = [libc.malloc(16 << 20) for _ in range(10)]
    for block in blocks:
        libc.memset(block, 1, 16 << 20)
    for block in blocks:
        libc.free(block)

step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(mode: str) -> int:
    """Page faults of three steps that take and free 160 MiB, after a first one."""
    result = subprocess.run([sys.executable, "-c", FAULTS, mode], capture_output=True, text=True, check=True)
    return int(result.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_later_steps_take_no_new_pages() -> None:
    assert page_faults("default") > 1000
    assert page_faults("kept") < 100


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: pytest.fail("a C library was asked"))
    assert not keep_freed_memory()
