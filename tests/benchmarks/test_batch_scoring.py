"""The benchmark of scoring in batch, on a tiny table."""

from pathlib import Path

from benchmarks.batch_scoring import table
from serve.conftest import Exported
from support import log_table


def test_both_tables_are_scored_whole(exported: Exported, tmp_path: Path) -> None:
    log_table(300).write_parquet(tmp_path / "log.parquet")
    lines = table(exported.path, tmp_path / "log.parquet", 1_000, 0).splitlines()
    assert [line.split(" | ")[1] for line in lines[2:]] == ["by request, 200 candidates", "of the log"]
    assert all(line.startswith("| 1,000 | ") for line in lines[2:])
