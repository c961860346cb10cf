"""The first KPI registry is one that can be read, and knows an unwanted outcome by its name."""

from pathlib import Path

from taskfusion.config.kpi import read_kpis
from taskfusion.inspect.init.entry import Entry
from taskfusion.inspect.init.kpi import kpi_text


def test_a_first_registry_can_be_read(tmp_path: Path) -> None:
    tasks = [
        Entry(name, "task", "", {"name": name, "kind": kind})
        for name, kind in (("is_dislike", "binary"), ("click", "binary"), ("watch_ratio", "regression"))
    ]
    path = tmp_path / "kpi.yaml"
    path.write_text(kpi_text(tasks), encoding="utf-8")
    found = read_kpis(path)
    found.require_tasks(["is_dislike", "click", "watch_ratio"])
    assert [(kpi.direction, kpi.role) for kpi in found.kpis] == [
        ("down", "guardrail"),
        ("up", "success"),
        ("up", "guardrail"),
    ]
