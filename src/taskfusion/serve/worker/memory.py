"""Memory of a process, where the system tells it."""

import os
from pathlib import Path
from typing import Final

_MB: Final = 1_000_000


def resident_mb(pid: int | None) -> float:
    """Memory that a process holds, in MB; 0 where nobody tells: the process is gone, or the system is not Linux."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0.0
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / _MB
