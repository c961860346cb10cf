"""How much memory there is."""

from pathlib import Path

MEMINFO, CGROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def free_memory(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int | None:
    """Bytes that this process can still take, within the limit of its container; None where the system does not say.

    Args:
        meminfo: what Linux says of the machine.
        cgroup: the folder of the container's limits, version 2.
    """
    known = [found for found in (_of_machine(meminfo), _of_container(cgroup)) if found is not None]
    return min(known, default=None)


def gibibytes(num_bytes: float) -> str:
    """A number of bytes as people read it, such as "3.2 GiB"."""
    return f"{num_bytes / 2**30:,.1f} GiB"


def _of_machine(meminfo: Path) -> int | None:
    """Memory that is available, and free swap."""
    try:
        lines = [line.split() for line in meminfo.read_text(encoding="ascii").splitlines()]
        kibibytes = {words[0].rstrip(":"): int(words[1]) for words in lines if len(words) > 1}
        return 1024 * (kibibytes["MemAvailable"] + kibibytes.get("SwapFree", 0))
    except (OSError, ValueError, KeyError):
        return None


def _of_container(cgroup: Path) -> int | None:
    try:
        limit, used = (int((cgroup / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
        return max(limit - used, 0)
    except (OSError, ValueError):  # "max" where there is no limit
        return None
