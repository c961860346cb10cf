"""What a kit is filled with: the project's own names where something tells them, and known gaps where nothing does."""

from pathlib import Path

import pytest

from projects import KPIS, write_project
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.charter import Charter
from taskfusion.config.experiment import read_experiment
from taskfusion.config.yaml_text import dump_yaml
from taskfusion.inspect.kit import KitSources, read_project
from taskfusion.report.kit import KitProject


def _read(file: Path, **sources: Path) -> KitProject:
    content = read_experiment(file)
    return read_project(KitSources(file, **sources), content.table_schema, content.data, file.parent / "docs" / "kit")


def test_the_table_tells_unit_and_time(tmp_path: Path) -> None:
    found = _read(write_project(tmp_path))
    assert (found.charter.unit, found.charter.time, found.guessed) == ("user_id", "time", frozenset())
    assert [(one.kpi, one.value) for one in found.charter.metrics] == [("clicks", "click"), ("likes", "like")]
    assert found.charter.kpis == "../../kpi.yaml"
    assert found.first_words == {"likes"}
    assert found.name == tmp_path.name
    assert (found.audit, found.cost, found.cost_file) == (None, None, "cost/cost.json")


def test_a_project_is_called_as_its_experiment(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    assert _read(file.rename(tmp_path / "feed.yaml")).name == "feed"


def test_without_the_table_gaps_are_known(tmp_path: Path) -> None:
    event = {**KPIS[0], "name": "visits", "task": None, "event": "a visit of the shop"}
    file = write_project(tmp_path, [*KPIS, event])
    for table in tmp_path.glob("*.parquet"):
        table.unlink()
    found = _read(file)
    assert found.charter.unit == "user_id"  # its group
    assert found.guessed == {"time", "visits"}


def test_a_label_that_is_computed_has_no_column(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    head, like, tail = file.read_text().partition("- name: like\n")
    file.write_text(f"{head}{like}{tail.replace('label: null', 'label: like > 0', 1)}")
    assert read_experiment(file).tasks[1].label_expression == "like > 0"
    assert _read(file).guessed == {"likes"}


def test_a_charter_of_the_project_is_kept_with_its_registry(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    (tmp_path / "plans").mkdir()
    (tmp_path / "kpi.yaml").rename(tmp_path / "plans" / "kpis.yaml")
    own = {
        "name": "feed-7",
        "kpis": "kpis.yaml",
        "metrics": [{"kpi": "clicks", "value": "n"}],
        "unit": "u",
        "time": "t",
    }
    charter = tmp_path / "plans" / "charter.yaml"
    charter.write_text(dump_yaml({**own, "percent": 3}))
    found = _read(file, charter=charter)
    assert found.charter == Charter.model_validate({**own, "percent": 3, "kpis": "../../plans/kpis.yaml"})
    assert found.guessed == frozenset()


def test_what_does_not_fit_together_is_told(tmp_path: Path) -> None:
    file = write_project(tmp_path, [{**KPIS[0], "task": "clik"}])
    with pytest.raises(ExperimentError, match="found 'clik'; did you mean 'click'"):
        _read(file)
    with pytest.raises(RunError, match=r"audit\.json"):
        _read(write_project(tmp_path), audit=tmp_path / "audit.json")
    (tmp_path / "kpi.yaml").unlink()
    with pytest.raises(ExperimentError, match="no KPI registry can be read"):
        _read(file)


def test_a_charter_needs_its_kpis_in_the_registry(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    charter = tmp_path / "charter.yaml"
    charter.write_text("name: p\nmetrics: [{kpi: clicks, value: click}]\nunit: user_id\ntime: time\n")
    other = tmp_path / "other.yaml"
    other.write_text(dump_yaml({"kpis": KPIS[1:]}))
    with pytest.raises(ExperimentError, match="has no 'clicks'"):
        _read(file, charter=charter, kpi=other)
