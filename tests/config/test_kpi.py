"""kpi.yaml is strict, and its tasks are those of the experiment."""

from pathlib import Path
from typing import Any

import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.config.kpi import read_kpis
from taskfusion.config.yaml_text import dump_yaml

CLICK: dict[str, Any] = {
    "name": "clicks",
    "meaning": "how often people click",
    "unit": "clicks per impression",
    "task": "click",
    "delay_days": 1,
    "direction": "up",
    "role": "success",
    "least_effect": 0.01,
    "owner": "feed team",
}


def _file(folder: Path, *kpis: dict[str, Any]) -> Path:
    path = folder / "kpi.yaml"
    path.write_text(dump_yaml({"kpis": list(kpis)}), encoding="utf-8")
    return path


def test_a_registry_is_read_as_written(tmp_path: Path) -> None:
    found = read_kpis(_file(tmp_path, CLICK))
    assert found.kpis[0].model_dump(exclude_none=True) == CLICK
    found.require_tasks(["click", "like"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rolle": 1}, "did you mean 'role'"),
        ({"role": "sucess"}, "did you mean 'success'"),
        ({"event": "purchase"}, "either a task or an event"),
        ({"task": None}, "either a task or an event"),
        ({"least_effect": 0}, "above 0"),
        ({"owner": ""}, "owner"),
    ],
)
def test_what_does_not_fit_is_one_sentence(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=words):
        read_kpis(_file(tmp_path, {**CLICK, **change}))


def test_names_differ_and_files_exist(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="'clicks' stands there twice"):
        read_kpis(_file(tmp_path, CLICK, CLICK))
    with pytest.raises(ExperimentError, match=r"did you mean .*kpi\.yaml"):
        read_kpis(tmp_path / "kpis.yaml")
    (tmp_path / "kpi.yaml").write_text("a text", encoding="utf-8")
    with pytest.raises(ExperimentError, match="should hold the key kpis"):
        read_kpis(tmp_path / "kpi.yaml")


def test_a_task_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"found 'click'; did you mean 'is_click'"):
        read_kpis(_file(tmp_path, CLICK)).require_tasks(["is_click", "share"])
