"""What malloc does with freed memory while a model is trained.

A step frees the blocks that the next step asks for again. By default glibc gives large ones back to the system, which
then hands out new pages, one page fault each: up to a tenth of a step of ordinary size.
"""

import ctypes
import platform

# Parameters of glibc's mallopt; malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
MIB = 2**20
SETTINGS = {
    M_MMAP_THRESHOLD: 32 * MIB,  # the largest that glibc takes; smaller blocks come from the heap
    M_TRIM_THRESHOLD: 1024 * MIB,  # free memory at the heap's end above this is given back
    M_TOP_PAD: 64 * MIB,  # the heap grows by this much at a time
}


def keep_freed_memory() -> bool:
    """Let this process keep up to 1 GiB of freed memory for its next steps.

    Returns:
        Whether it does: True under glibc, False with another C library, where nothing is changed.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return all(libc.mallopt(parameter, value) == 1 for parameter, value in SETTINGS.items())
