"""The experiment file: strict, and clear about what is wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import BASE, TASKS, experiment, refusal
from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment, dump_experiment, parse_experiment, read_experiment
from taskfusion.schema.feature import CategoricalFeature


def test_a_resolved_experiment_reads_back_as_itself() -> None:
    whole = experiment()
    assert parse_experiment(yaml.safe_load(dump_experiment(whole))) == whole


def test_defaults_are_all_in_the_resolved_copy() -> None:
    content = yaml.safe_load(dump_experiment(parse_experiment(BASE)))
    assert set(content) == set(Experiment.model_fields)
    assert content["training"]["batch_size"] == 1024
    assert content["features"][0]["min_count"] == 2


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("network.task_experts=[1,2]", ["task_experts has 2 numbers", "3 tasks"]),
        ("training.criterion.tasks=[clik]", ["training.criterion", "'clik'", "click"]),
        ("sharing={forbid: [{source: click, target: bye}]}", ["sharing", "'bye'"]),
        ("sharing={forbid: [{source: click, target: seconds, levels: [9]}]}", ["level 9", "2 levels"]),
        ("data={train: a}", ["validation", "needed"]),
        ("data={train: a, validation: b, split: {kind: random}}", ["nothing to cut"]),
        ("data={test: a, split: {kind: random}}", ["validation", "needed"]),
        ("data={table: a}", ["split"]),
        ("data={table: a, train: b, split: {kind: random}}", ["not both"]),
        ('data.train="a\\0"', ["data.train", "NUL"]),
        ("group=!!int x", ["line 1", "'x' cannot be read as int"]),
        ("tasks=[{name: t, kind: multiclass, classes: [0]}]", ["tasks.t.classes: should hold at least 2"]),
        ("tasks=[{name: t, kind: multiclass, classes: [yes, no]}]", ["tasks.t.classes: YAML reads yes"]),
        ("epochs", ["training.epochs=3", "'epochs'"]),
        ("=3", ["training.epochs=3", "'=3'"]),
    ],
)
def test_what_does_not_fit_is_named(override: str, words: list[str]) -> None:
    message = refusal(BASE, override)
    assert all(word in message for word in words), message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ({"name": "a", "kind": "multiclass", "classes": ["x"]}, ["classes", "2"]),
        ({"name": "a", "kind": "multiclass", "classes": ["x", "x"]}, ["twice"]),
        ({"name": "a", "kind": "multiclass", "classes": ["x", "y"], "truth": "p"}, ["truth"]),
        ({"name": "a", "kind": "binary", "log1p": True}, ["'tasks.a.log1p'"]),
        ({"name": "a", "kind": "multiclass", "classes": [True, False]}, ["quotes"]),
        ({"name": "a", "kind": "binary", "loss_weight": 0}, ["loss_weight 0"]),
    ],
)
def test_a_task_that_does_not_fit_is_named(task: dict[str, Any], words: list[str]) -> None:
    message = refusal({**BASE, "tasks": [task]})
    assert all(word in message for word in words), message


def test_a_key_that_stands_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "experiment.yaml"
    path.write_text("training: {epochs: 3}\ntraining: {seed: 1}\n")
    with pytest.raises(ExperimentError, match="'training' stands twice"):
        read_experiment(path)


def test_paths_stay_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    path = tmp_path / "configs" / "experiment.yaml"
    path.write_text(yaml.safe_dump({**BASE, "data": {"train": "../t.parquet", "validation": "/v.parquet"}}))
    data = read_experiment(path).data
    assert data is not None
    assert (data.train, data.validation) == ("../t.parquet", "/v.parquet")
    moved = data.model_copy(update={"test": "~/x.parquet"}).seen_from(tmp_path / "configs", tmp_path / "runs" / "best")
    assert (moved.train, moved.validation, moved.test) == ("../../t.parquet", "/v.parquet", "~/x.parquet")


def test_overrides_replace_and_add(tmp_path: Path) -> None:
    path = tmp_path / "experiment.yaml"
    path.write_text(yaml.safe_dump({**BASE, "training": {"epochs": 3, "seed": 5}}))
    training = read_experiment(path, ["training.epochs=4", "training.criterion.metric=auc"]).training
    assert (training.epochs, training.seed, training.criterion.metric) == (4, 5, "auc")


@pytest.mark.parametrize("text", ["a: [1", "- 1", "", "just words"])
def test_a_file_that_is_no_mapping_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "experiment.yaml"
    path.write_text(text)
    with pytest.raises(ExperimentError, match=r"experiment\.yaml"):
        read_experiment(path)


def test_tables_that_start_anew_are_not_averaged() -> None:
    whole = {**BASE, "embedding": {"fresh_each_epoch": True}}
    assert "use one of them" in refusal(whole, "training.average_decay=0.9")


def test_an_experiment_is_made_of_a_file_and_of_its_content(tmp_path: Path) -> None:
    content = BASE
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(content))
    made = Experiment.from_dict(content, "training.epochs=7")
    assert Experiment.from_yaml(tmp_path / "experiment.yaml", "training.epochs=7") == made
    assert made.training.epochs == 7
    assert Experiment.from_dict(yaml.safe_load(made.to_yaml())) == made


def test_a_copy_has_other_settings_and_the_original_stays() -> None:
    before = Experiment.from_dict(BASE)
    after = before.with_settings("training.epochs=7", f"tasks.{TASKS[0]['name']}.loss_weight=2")
    assert (after.training.epochs, after.tasks[0].loss_weight) == (7, 2)
    assert before == Experiment.from_dict(BASE)
    assert before.with_settings() == before
    with pytest.raises(ExperimentError, match=r"training\.epoch"):
        before.with_settings("training.epoch=7")


def test_what_stands_for_an_experiment_is_short() -> None:
    many = [{"name": f"f{index}", "kind": "numeric"} for index in range(10)]
    text = "Experiment(variant=adatt-sp, tasks=[a], features=[f0, f1, f2, f3, f4, f5, f6, f7, and 2 more])"
    made = Experiment.from_dict({"features": many, "tasks": [{"name": "a", "kind": "binary"}]})
    assert repr(made) == str(made) == text


def _bounds(part: Any, where: str) -> Iterator[str]:
    """Numbers without two bounds, texts and lists without a longest length, in a JSON schema."""
    low, high = part.keys() & {"minimum", "exclusiveMinimum"}, part.keys() & {"maximum", "exclusiveMaximum"}
    is_bounded = {
        "integer": low and high,
        "number": low and high,
        "string": part.keys() & {"maxLength", "enum", "const"},
        "array": "maxItems" in part,
    }
    if isinstance(part.get("type"), str) and not is_bounded.get(part["type"], True):
        yield where
    for key, inner in part.items():
        named = inner if isinstance(inner, dict) else dict(enumerate(inner)) if isinstance(inner, list) else {}
        for name, one in named.items():
            if isinstance(one, dict):
                yield from _bounds(one, f"{where}.{name}")
        if isinstance(inner, dict) and key in ("items", "additionalProperties"):
            yield from _bounds(inner, where)


def test_every_number_text_and_list_of_the_file_has_bounds() -> None:
    assert sorted(set(_bounds(Experiment.model_json_schema(), ""))) == []


def test_names_of_entries_may_hold_dots() -> None:
    features = [{"name": "device.os", "kind": "categorical"}, {"name": "device", "kind": "numeric"}]
    whole = parse_experiment({**BASE, "features": features}, overrides=["features.device.os.min_count=5"])
    assert isinstance(whole.features[0], CategoricalFeature)
    assert whole.features[0].min_count == 5
    whole = parse_experiment({**BASE, "features": features}, overrides=["features.device.os=null"])
    assert [feature.name for feature in whole.features] == ["device"]
