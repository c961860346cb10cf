"""The comparison of variants, as a user types it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from support import FEATURES, SETTINGS, TASKS, write_splits
from taskfusion.cli.app import app
from taskfusion.cli.compare import DEFAULT_VARIANTS
from taskfusion.study.method import methods


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = {name: Path(path).name for name, path in write_splits(tmp_path).items()}
    settings: dict[str, Any] = {**SETTINGS, "training": {**SETTINGS["training"], "epochs": 1}}
    content = {"data": data, "features": FEATURES, "tasks": TASKS[:2], **settings}
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(content))
    return tmp_path


def test_cells_are_kept_and_go_on(folder: Path) -> None:
    arguments = ["compare", folder / "experiment.yaml", "--out", folder / "c", "--json"]
    first = call(*arguments, "--variants", "adatt-sp,single-task", "--seeds", "1")
    assert first.exit_code == 0, first.output
    cells = [folder / "c" / "adatt-sp" / "seed-0", *(folder / "c" / "single-task" / "seed-0").iterdir()]
    assert sorted(cell.name for cell in cells) == ["click", "seconds", "seed-0"]
    before = {cell: (cell / "metrics.json").stat().st_mtime_ns for cell in cells}

    more = call(*arguments, "--variants", "adatt-sp,ple,single-task", "--seeds", "2")
    assert more.exit_code == 0, more.output
    assert {cell: (cell / "metrics.json").stat().st_mtime_ns for cell in cells} == before
    found = json.loads(more.stdout.splitlines()[-1])
    assert len(found["cells"]) == 6
    rows = {row["variant"]: row for row in found["summary"]["variants"]}
    assert rows["single-task"]["delta_m"] is None
    assert set(rows["ple"]["tasks"]) == {"click", "seconds"}
    assert (folder / "c" / "report.html").exists()
    assert len(found["verdicts"]) == 2 + 1
    assert [one["variant"] for one in found["evidence"]["contrasts"]] == ["adatt-sp", "ple"]
    assert [(one["variant"], one["baseline"]) for one in found["evidence"]["between"]] == [("adatt-sp", "ple")]

    shown = call("compare", folder / "experiment.yaml", "--out", folder / "c", "--variants", "adatt-sp,single-task")
    assert shown.exit_code == 0, shown.output
    assert "Against single-task, on test rows," in shown.stdout


def test_trunks_have_the_same_number_of_parameters(folder: Path) -> None:
    variants = "adatt,adatt-sp,ple,mmoe,ml-mmoe,cross-stitch,shared-bottom,single-task"
    wide = ["--set", "network.level_dims=[[48],[32]]"]
    result = call(
        *("compare", folder / "experiment.yaml", "--out", folder / "c", "--variants", variants, "--seeds", 1, "--json"),
        *wide,
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    sizes = [cell["parameters"]["network"] + cell["parameters"]["tower"] for cell in found["cells"]]
    assert max(sizes) / min(sizes) < 1.06
    tables = {cell["variant"]: cell["parameters"]["embedding"] for cell in found["cells"]}
    assert tables["single-task"] == 2 * tables["adatt"]


def test_lightgbm_takes_part_and_goes_on(folder: Path) -> None:
    arguments = ["compare", folder / "experiment.yaml", "--out", folder / "c", "--variants", "adatt,lightgbm"]
    arguments += ["--set", "lightgbm.num_rounds=5", "--seeds", "2"]
    shown = call(*arguments)
    assert shown.exit_code == 0, shown.output
    assert "Against lightgbm, on test rows," in shown.output
    before = {path: path.stat().st_mtime_ns for path in (folder / "c").rglob("metrics.json")}
    assert len(before) == 2 * (1 + 2)

    again = call(*arguments, "--json")
    assert again.exit_code == 0, again.output
    assert {path: path.stat().st_mtime_ns for path in (folder / "c").rglob("metrics.json")} == before
    trees = [cell for cell in json.loads(again.stdout.splitlines()[-1])["cells"] if cell["variant"] == "lightgbm"]
    assert [(cell["parameters"], cell["epochs"], set(cell["tasks"])) for cell in trees] == [
        (None, None, {"click", "seconds"})
    ] * 2
    other = call(*arguments, "--set", "lightgbm.num_leaves=5", "--json")
    assert other.exit_code == 2
    assert "lightgbm.num_leaves" in json.loads(other.stdout.splitlines()[-1])["error"]


def test_catboost_takes_part_and_its_runs_are_read_again(folder: Path) -> None:
    pytest.importorskip("catboost")
    arguments = ["compare", folder / "experiment.yaml", "--out", folder / "c", "--seeds", "1", "--json"]
    first = call(*arguments, "--variants", "adatt,catboost")
    assert first.exit_code == 0, first.output
    more = call(*arguments, "--variants", "adatt,lightgbm,catboost", "--set", "lightgbm.num_rounds=5")
    assert more.exit_code == 0, more.output
    cells = [json.loads(result.stdout.splitlines()[-1])["cells"] for result in (first, more)]
    found = [[cell for cell in one if cell["variant"] == "catboost"] for one in cells]
    assert found[0] == found[1]
    assert [set(cell["tasks"]) for cell in found[0]] == [{"click", "seconds"}]


def test_catboost_that_is_not_there_is_told_before_anything_is_trained(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "catboost", None)
    arguments = ["compare", folder / "not read.yaml", "--out", folder / "c", "--variants", "adatt,catboost"]
    result = call(*arguments)
    assert result.exit_code == 2
    assert "pip install 'taskfusion[bench]'" in " ".join(result.output.split())
    assert not list((folder / "c").rglob("metrics.json"))


@pytest.mark.parametrize(
    ("variants", "word"),
    [("adat", "adat"), ("adatt,adatt", "twice"), (" , ", "at least one")],
    ids=["unknown", "twice", "none"],
)
def test_bad_variants_are_named(folder: Path, variants: str, word: str) -> None:
    result = call("compare", folder / "experiment.yaml", "--out", folder / "c", "--variants", variants, "--json")
    assert result.exit_code == 2
    assert word in json.loads(result.stdout.splitlines()[-1])["error"]
    assert not (folder / "c").exists()


def test_a_folder_of_something_else_is_left_alone(folder: Path) -> None:
    result = call("compare", folder / "experiment.yaml", "--out", folder, "--variants", "adatt", "--json")
    assert result.exit_code == 2
    assert "is no comparison" in json.loads(result.stdout.splitlines()[-1])["error"]


def test_another_experiment_does_not_go_on(folder: Path) -> None:
    arguments = [
        "compare",
        folder / "experiment.yaml",
        "--out",
        folder / "c",
        "--variants",
        "adatt",
        "--seeds",
        "1",
        "--json",
    ]
    assert call(*arguments).exit_code == 0
    result = call(*arguments, "--set", "training.learning_rate=0.5")
    assert result.exit_code == 2
    assert "training.learning_rate" in json.loads(result.stdout.splitlines()[-1])["error"]


def test_the_default_is_what_the_table_says_and_help_says_what_each_method_is() -> None:
    assert DEFAULT_VARIANTS == "adatt,adatt-sp,ple,mmoe,ml-mmoe,cross-stitch,shared-bottom,single-task"
    shown = " ".join(call("compare", "--help").stdout.split())
    for name, method in methods().items():
        assert f"{name}: {method.line}" in shown
