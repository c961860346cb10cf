"""The benchmark of the log of a whole server, on a few requests."""

from pathlib import Path

from benchmarks.__main__ import DOCS
from benchmarks.served_log import costs
from benchmarks.serving import Case
from serve.conftest import Exported
from serve.serving import ITEMS, REQUEST


def test_both_servers_are_measured(exported: Exported, tmp_path: Path) -> None:
    items = tmp_path / "items.parquet"
    ITEMS.write_parquet(items)
    case = Case("log", exported.path, items, "item_id", [REQUEST], [ITEMS["item_id"].to_list()])
    rows = [line.strip("| ").split(" | ") for line in costs(case, tmp_path, 20, 1).splitlines()[2:]]
    assert [row[0] for row in rows] == ["server", "process that scores"]
    assert all(float(cell) > 0 for row in rows for cell in row[1:3])


def test_the_page_has_its_marks_and_its_command() -> None:
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert text.count("<!-- served-log -->\n") == text.count("\n<!-- end of served-log -->") == 1
    assert "`python -m benchmarks.served_log --write`" in text
