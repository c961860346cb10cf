"""Commands on one model, as a user types them: results, and one sentence where the input is not usable."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner, Result

from config.test_charter import CHARTER, KPIS
from config.test_ramp import TEXT as RAMP
from serve.decision.test_summary import logged
from support import FEATURES, SETTINGS, TASKS, log_table, write_splits
from taskfusion import MultiTaskRanker
from taskfusion.base.lock import only_writer
from taskfusion.cli.app import app
from taskfusion.serve.export.bundle import Export
from taskfusion.study.preset.choice import PRESETS

Call = Callable[..., Result]


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def last_json(result: Result) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with tables and experiment.yaml, which names them by relative paths."""
    data = {name: Path(path).name for name, path in write_splits(tmp_path).items()}
    content = {"data": data, "features": FEATURES, "tasks": TASKS, **SETTINGS}
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(content))
    return tmp_path


@pytest.fixture
def trained(folder: Path) -> Path:
    result = call("train", folder / "experiment.yaml", "--out", folder / "run", "--set", "training.epochs=1")
    assert result.exit_code == 0, result.output
    return folder


def test_train_evaluate_and_predict(trained: Path) -> None:
    shown = call("evaluate", trained / "run", "--data", trained / "test.parquet")
    assert shown.exit_code == 0
    assert all(name in shown.stdout for name in ("click", "seconds", "reaction"))
    found = last_json(call("evaluate", trained / "run", "--data", trained / "test.parquet", "--json"))
    before = json.loads((trained / "run" / "metrics.json").read_text())["splits"]["test"]
    assert found["records"] == before

    out = trained / "scores.parquet"
    arguments = (
        "predict",
        trained / "run",
        "--data",
        trained / "test.parquet",
        "--out",
        out,
        "--keep",
        "item_id,user_id",
    )
    assert last_json(call(*arguments, "--json"))["rows"] == 200
    scores = pl.read_parquet(out)
    classes = [f"reaction.{name}" for name in ("none", "like", "hate")]
    assert scores.columns == ["item_id", "user_id", "click", "seconds", *classes]
    assert scores["user_id"].equals(log_table(200, 2)["user_id"])
    assert scores["click"].is_between(0, 1).all()
    assert scores.select(pl.sum_horizontal(classes).is_between(0.999, 1.001).all()).item()


def test_a_setting_from_the_command_line_is_in_the_run(trained: Path) -> None:
    assert yaml.safe_load((trained / "run" / "config.yaml").read_text())["training"]["epochs"] == 1


def test_csv_is_read_like_parquet(trained: Path) -> None:
    table = pl.read_parquet(trained / "test.parquet").with_columns(pl.col("history").list.join(","))
    table.write_csv(trained / "test.csv")
    content = yaml.safe_load((trained / "experiment.yaml").read_text())
    content["features"][4]["separator"] = ","
    content["data"] = dict.fromkeys(("train", "validation", "test"), "test.csv")
    (trained / "csv.yaml").write_text(yaml.safe_dump(content))
    result = call("train", trained / "csv.yaml", "--out", trained / "from-csv", "--set", "training.epochs=1")
    assert result.exit_code == 0, result.output


def _rewrite(folder: Path, change: Callable[[pl.DataFrame], pl.DataFrame], part: str = "train") -> None:
    path = folder / f"{part}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)


def _edit(folder: Path, key: str, value: object) -> None:
    path = folder / "experiment.yaml"
    content = yaml.safe_load(path.read_text())
    *parents, last = key.split(".")
    inner = content
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    path.write_text(yaml.safe_dump(content))


BAD: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "missing column": (lambda f: _rewrite(f, lambda t: t.rename({"age": "Age"})), ["'age'", "Age", "feature"]),
    "missing label": (lambda f: _rewrite(f, lambda t: t.drop("click")), ["click"]),
    "wrong type": (lambda f: _rewrite(f, lambda t: t.with_columns(age=pl.lit("old"))), ["age"]),
    "unknown key": (lambda f: _edit(f, "training.epoch", 3), ["training.epoch", "epochs"]),
    "no positive": (lambda f: _rewrite(f, lambda t: t.with_columns(click=pl.lit(0))), ["click", "positive"]),
    "empty table": (lambda f: _rewrite(f, lambda t: t.head(0)), ["train.parquet"]),
    "empty file": (lambda f: (f / "train.parquet").write_bytes(b""), ["train.parquet"]),
    "corrupt file": (
        lambda f: (f / "train.parquet").write_bytes((f / "train.parquet").read_bytes()[:900]),
        ["train.parquet"],
    ),
    "no file": (lambda f: (f / "train.parquet").unlink(), ["train.parquet"]),
    "no experiment": (lambda f: (f / "experiment.yaml").unlink(), ["experiment.yaml"]),
    "not YAML": (lambda f: (f / "experiment.yaml").write_text("a: [1"), ["experiment.yaml", "YAML"]),
    "a leak": (lambda f: _edit(f, "features", [{"name": "click", "kind": "numeric"}]), ["click"]),
    "no data": (lambda f: _edit(f, "data", None), ["data"]),
    "nan label": (lambda f: _rewrite(f, lambda t: t.with_columns(seconds=pl.lit(float("nan")))), ["seconds", "null"]),
    "class": (lambda f: _rewrite(f, lambda t: t.with_columns(reaction=pl.lit("wow"))), ["reaction", "wow"]),
    "run exists": (lambda f: (f / "run").mkdir(), ["run", "exists"]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence_and_leaves_nothing(folder: Path, name: str) -> None:
    spoil, words = BAD[name]
    spoil(folder)
    before = sorted(folder.rglob("*"))
    result = call("train", folder / "experiment.yaml", "--out", folder / "run", "--json")
    assert result.exit_code == 2, result.output
    message = last_json(result)["error"]
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert "Traceback" not in result.output
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("end", [" ", ""])
def test_a_feature_of_strangers_alone_is_told(trained: Path, end: str) -> None:
    table = pl.read_parquet(trained / "test.parquet")
    table.with_columns(pl.col("item_id") + end).write_parquet(trained / "new.parquet")
    shown = call("predict", trained / "run", "--data", trained / "new.parquet", "--out", trained / "s.csv")
    assert shown.exit_code == 0
    assert ("none of the first values of feature 'item_id'" in shown.stderr) == (end == " ")


def test_kept_columns_do_not_hide_predictions(trained: Path) -> None:
    arguments = [
        "predict",
        trained / "run",
        "--data",
        trained / "test.parquet",
        "--out",
        trained / "s.parquet",
        "--json",
    ]
    for keep in ("click", "user_id,user_id"):
        result = call(*arguments, "--keep", keep)
        assert result.exit_code == 2
        assert keep.split(",")[0] in last_json(result)["error"]
    assert not (trained / "s.parquet").exists()


def test_a_directory_is_no_file_of_scores(trained: Path) -> None:
    result = call("predict", trained / "run", "--data", trained / "test.parquet", "--out", trained, "--json")
    assert result.exit_code == 2
    assert "exists already" in last_json(result)["error"]


def test_scores_never_replace_a_file(trained: Path) -> None:
    before = (trained / "test.parquet").read_bytes()
    result = call(
        "predict", trained / "run", "--data", trained / "test.parquet", "--out", trained / "test.parquet", "--json"
    )
    assert result.exit_code == 2
    assert (trained / "test.parquet").read_bytes() == before


def test_scores_may_be_csv_and_nothing_else(trained: Path) -> None:
    arguments = ["predict", trained / "run", "--data", trained / "test.parquet", "--json", "--keep", "user_id", "--out"]
    assert call(*arguments, trained / "s.csv").exit_code == 0
    assert call(*arguments, trained / "s.parquet").exit_code == 0
    text, binary = pl.read_csv(trained / "s.csv"), pl.read_parquet(trained / "s.parquet")
    assert text.columns == binary.columns
    assert text["user_id"].equals(binary["user_id"])
    assert (text["click"] - binary["click"]).abs().max() < 1e-6  # type: ignore[operator]
    result = call(*arguments, trained / "s.txt")
    assert result.exit_code == 2
    assert ".parquet or .csv" in last_json(result)["error"]


def test_ctrl_c_while_data_is_read_is_no_traceback(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **settings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("taskfusion.pipeline.train.train_run", interrupted)
    result = call("train", folder / "experiment.yaml", "--out", folder / "run", "--json")
    assert result.exit_code == 130
    assert "stopped" in last_json(result)["error"]


def test_a_full_disk_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **settings: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("taskfusion.pipeline.train.train_run", full)
    result = call("train", folder / "experiment.yaml", "--out", folder / "run", "--json")
    assert result.exit_code == 2
    assert last_json(result)["error"] == "the output cannot be used: No space left on device"


def test_scoring_without_a_feature_names_it(trained: Path) -> None:
    _rewrite(trained, lambda t: t.drop("tags"), "test")
    for command in ("evaluate", "predict"):
        more = ["--out", trained / "scores.parquet"] if command == "predict" else []
        result = call(command, trained / "run", "--data", trained / "test.parquet", *more, "--json")
        assert result.exit_code == 2
        assert "'tags'" in last_json(result)["error"]
    assert not (trained / "scores.parquet").exists()


def test_a_damaged_run_is_named(trained: Path) -> None:
    (trained / "run" / "model.safetensors").write_bytes(b"x")
    result = call("evaluate", trained / "run", "--data", trained / "test.parquet", "--json")
    assert result.exit_code == 2
    assert "model.safetensors" in last_json(result)["error"]


def test_a_folder_that_is_no_run_is_named(folder: Path) -> None:
    result = call("predict", folder, "--data", folder / "test.parquet", "--out", folder / "s.parquet", "--json")
    assert result.exit_code == 2
    assert "run directory" in last_json(result)["error"]


def test_a_run_of_another_table_type_is_named(trained: Path) -> None:
    _rewrite(trained, lambda t: t.with_columns(age=pl.lit("x")), "test")
    result = call(
        "predict", trained / "run", "--data", trained / "test.parquet", "--out", trained / "s.parquet", "--json"
    )
    assert result.exit_code == 2
    assert "age" in last_json(result)["error"]
    assert not (trained / "s.parquet").exists()


@pytest.mark.parametrize(
    ("size", "reason", "words"), [(84, None, "84 bytes per item"), (None, "no item", "none, no item")]
)
def test_export_tells_what_it_wrote(
    size: int | None, reason: str | None, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exported(run: Path, out: Path, *asked: object, **more: object) -> Export:
        return Export(out, 3.2, 1_500_000, 2e-7, size, reason, *(("test rows", None) if size else (None, "gone")))

    monkeypatch.setattr("taskfusion.pipeline.export.export_run", exported)
    monkeypatch.setattr("taskfusion.cli.run._varying_features", lambda *asked: ["feature 'age' differs"])
    shown = call("export", "run", "--out", tmp_path / "exported").stdout
    assert f"exported in 3 s, 1.5 MB: {tmp_path / 'exported'}" in shown
    assert "to 2e-07 of a prediction" in shown
    assert f"item rows: {words}" in shown
    assert "warning: feature 'age' differs" in call("export", "run", "--out", tmp_path / "exported").output
    assert f"reference of what it reads and predicts: {'test rows' if size else 'none, gone'}" in shown
    found = last_json(call("export", "run", "--out", tmp_path / "exported", "--json"))
    assert (found["run"], found["path"]) == ("run", str(tmp_path / "exported"))
    assert (found["bytes_per_item"], found["not_split"]) == (size, reason)
    assert found["warnings"] == ["feature 'age' differs"]


def test_export_of_a_folder_that_is_no_run_is_named(folder: Path) -> None:
    result = call("export", folder, "--out", folder / "exported", "--json")
    assert result.exit_code == 2
    assert "run directory" in last_json(result)["error"]
    assert not (folder / "exported").exists()


def test_home_is_a_tilde_in_every_path(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir("/")
    for split in ("train", "validation", "test"):
        _edit(folder, f"data.{split}", f"~/{split}.parquet")
    call("train", "~/experiment.yaml", "--out", "~/run", "--set", "training.epochs=1")
    assert (folder / "run" / "metrics.json").exists()
    assert call("evaluate", "~/run", "--data", "~/test.parquet").exit_code == 0
    assert call("predict", "~/run", "--data", "~/t*t.parquet", "--out", "~/scores.parquet").exit_code == 0
    assert (folder / "scores.parquet").exists()
    assert yaml.safe_load((folder / "run" / "config.yaml").read_text())["data"]["train"] == "~/train.parquet"
    ranker = MultiTaskRanker.load("~/run")
    ranker.save("~/copy")
    assert (folder / "copy" / "metrics.json").exists()
    assert not Path("~").exists()


def test_a_run_names_no_place_on_this_machine(trained: Path) -> None:
    for path in (trained / "run").rglob("*"):
        if path.is_file():
            assert str(trained).encode() not in path.read_bytes(), path
    assert yaml.safe_load((trained / "run" / "config.yaml").read_text())["data"]["train"] == "train.parquet"


@pytest.mark.parametrize("name", ["a:smile:b", "[red]x[/red]", "[/]"])
def test_names_are_shown_as_they_are(folder: Path, name: str) -> None:
    assert f"'{name}.yaml'" in call("check", f"{name}.yaml").output
    _rewrite(folder, lambda t: t.rename({"age": name}))
    _rewrite(folder, lambda t: t.rename({"age": name}), "validation")
    _rewrite(folder, lambda t: t.rename({"age": name}), "test")
    shown = call("check", folder / "experiment.yaml")
    assert f"it has user_id, item_id, {name}, " in shown.output, shown.output
    content = yaml.safe_load((folder / "experiment.yaml").read_text())
    content["features"][2]["column"] = name
    content["tasks"][2]["classes"][0] = name
    (folder / "experiment.yaml").write_text(yaml.safe_dump(content))
    for split in ("train", "validation", "test"):
        _rewrite(folder, lambda t: t.with_columns(pl.col("reaction").replace("none", name)), split)
    shown = call("check", folder / "experiment.yaml")
    assert shown.exit_code == 0, shown.output
    assert f"% {name}" in shown.output, shown.output


SECOND: dict[str, tuple[str, ...]] = {
    "train": ("train", "experiment.yaml"),
    "train --resume": ("train", "experiment.yaml", "--resume"),
    "compare": ("compare", "experiment.yaml", "--variants", "adatt-sp", "--seeds", "1"),
    "tune": ("tune", "experiment.yaml", "--trials", "1"),
    "export": ("export", "run"),
    "score": ("score", "exported", "--in", "test.parquet"),
    "catalogue": ("catalogue", "exported", "--items", "items.parquet"),
    "quarantine": ("quarantine", "run", "--source", "click"),
    "predict": ("predict", "run", "--data", "test.parquet"),
    "decisions": ("decisions", "log"),
    "cost": ("cost", "run"),
    "pilot ramp": ("pilot", "ramp", "ramp.yaml"),
    "watch reference": ("watch", "reference", "exported", "--data", "test.parquet"),
    "init": ("init", "train.parquet"),
    "simulate": ("simulate", "--rows", "1000"),
    "data": ("data", "kuairand", "--from", "."),
}


@pytest.mark.parametrize("name", SECOND)
def test_who_comes_second_hears_who_writes_and_changes_nothing(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr("taskfusion.study.tune.search.PATIENCE_SECONDS", 0.1)
    out = Path("deep") / ("out.parquet" if name == "predict" else "out")
    if name in ("export", "predict", "quarantine"):
        call("train", "experiment.yaml", "--out", "run", "--set", "training.epochs=1")
    if name in ("score", "catalogue"):
        shutil.copytree(request.getfixturevalue("exported").path, "exported")
        log_table(100).unique("item_id").write_parquet("items.parquet")
    if name == "decisions":
        logged(Path("log"))
    if name == "pilot ramp":
        for file, text in {"kpi.yaml": KPIS, "charter.yaml": CHARTER, "ramp.yaml": RAMP}.items():
            Path(file).write_text(text)
    with only_writer(out):
        before = sorted(folder.rglob("*"))
        result = call(*SECOND[name], "--out", out, "--json")
        assert sorted(folder.rglob("*")) == before
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert f"'{out}' is being written by " in line
    assert f"(process {os.getpid()} on " in line
    assert last_json(result)["error"] == line.removeprefix("error: ")


def test_a_package_that_export_needs_is_asked_for_before_the_run_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    found = call("export", tmp_path / "not read", "--out", tmp_path / "e")
    assert found.exit_code == 2
    assert "needs the package onnxscript, which is not installed" in found.stderr
    assert not (tmp_path / "e").exists()


def test_a_preset_chooses_and_trains(folder: Path) -> None:
    arguments = ("train", folder / "experiment.yaml", "--out", folder / "run", "--preset", "fast")
    small = [part for one in ("training.epochs=1", "lightgbm.num_rounds=3") for part in ("--set", one)]
    result = call(*arguments, *small)
    assert result.exit_code == 0, result.output
    content = yaml.safe_load((folder / "run" / "config.yaml").read_text())
    assert content["ensemble"]["trees"]
    assert content["training"]["epochs"] == 1
    assert content["training"]["batch_size"] == SETTINGS["training"]["batch_size"]
    assert not (folder / "run.search").exists()


def test_an_unknown_preset_is_refused_before_the_table_is_read(folder: Path) -> None:
    for table in folder.glob("*.parquet"):
        table.unlink()
    result = call("train", folder / "experiment.yaml", "--out", folder / "run", "--preset", "fats")
    assert result.exit_code == 2
    assert "did you mean 'fast'?" in result.stderr
    assert not (folder / "run").exists()


def test_a_preset_trains_nothing_where_the_run_is_there_already(trained: Path) -> None:
    result = call("train", trained / "experiment.yaml", "--out", trained / "run", "--preset", "auto")
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert not (trained / "run.search").exists()


def test_the_help_names_all_presets() -> None:
    (option,) = [one for one in get_command(app).commands["train"].params if one.name == "preset"]  # type: ignore[attr-defined]
    assert "fast, auto or best" in option.help
    assert list(PRESETS) == ["fast", "auto", "best"]
