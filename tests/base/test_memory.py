from pathlib import Path

import pytest

from taskfusion.base.memory import free_memory, gibibytes

MEMINFO = "MemTotal:       24000000 kB\nMemAvailable:   2000 kB\nSwapFree:        100 kB\nHugePages_Total:       0\n"


def _files(folder: Path, meminfo: str | None, limit: str | None) -> tuple[Path, Path]:
    if meminfo is not None:
        (folder / "meminfo").write_text(meminfo)
    if limit is not None:
        (folder / "memory.max").write_text(limit)
        (folder / "memory.current").write_text("1000\n")
    return folder / "meminfo", folder


@pytest.mark.parametrize(
    ("meminfo", "limit", "found"),
    [
        (MEMINFO, None, 1024 * 2100),
        (MEMINFO, "max\n", 1024 * 2100),
        (MEMINFO, "5000\n", 4000),
        (MEMINFO, "500\n", 0),
        (None, "5000\n", 4000),
        (None, None, None),
        ("not what Linux says", None, None),
    ],
)
def test_the_tightest_limit_counts(meminfo: str | None, limit: str | None, found: int | None, tmp_path: Path) -> None:
    assert free_memory(*_files(tmp_path, meminfo, limit)) == found


def test_sizes_are_readable() -> None:
    assert gibibytes(3.25 * 2**30) == "3.2 GiB"
    assert gibibytes(2**42) == "4,096.0 GiB"
