"""The experiment file: strict, and clear about what is wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import FEATURES, TASKS, experiment
from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment, dump_experiment, parse_experiment, read_experiment
from taskfusion.schema.feature import CategoricalFeature, NumericFeature

BASE: dict[str, Any] = {"features": FEATURES, "tasks": TASKS}


def _error(content: dict[str, Any], *overrides: str) -> str:
    with pytest.raises(ExperimentError) as found:
        parse_experiment(content, overrides=overrides)
    return str(found.value)


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
        ("training.epoch=3", ["'training.epoch'", "did you mean 'epochs'"]),
        ("trainin.epochs=3", ["'trainin'", "did you mean 'training'"]),
        ("training.criterion.metrics=auc", ["'training.criterion.metrics'", "did you mean 'metric'"]),
        ("training.epochs=many", ["training.epochs", "whole number", "'many'"]),
        ("training.epochs=0", ["training.epochs", "at least 1, found 0"]),
        ("network.variant=adat", ["network.variant", "'adatt'", "found 'adat'; did you mean 'adatt'?"]),
        ("network.variant=adatt_sp", ["found 'adatt_sp'; did you mean 'adatt-sp'?"]),
        ("network.level_dims=[128, 64]", ["network.level_dims", "like [[128], [64]]"]),
        ("network={dropout: 2, init: 3}", ["network.init", "found 3 (and 1 more at fault)"]),
        ("network.level_dims=[[]]", ["level_dims", "at least one layer width"]),
        ("network.task_experts=[1,2]", ["task_experts has 2 numbers", "3 tasks"]),
        ("training.criterion.tasks=[clik]", ["training.criterion", "'clik'", "click"]),
        ("sharing={forbid: [{source: click, target: bye}]}", ["sharing", "'bye'"]),
        ("sharing={forbid: [{source: click, target: seconds, levels: [9]}]}", ["level 9", "2 levels"]),
        ("sharing={allow: [{source: click, target: seconds}]}", ["default is 'allow'", "forbid"]),
        ("data={train: a}", ["validation", "needed"]),
        ("data={table: a}", ["split"]),
        ("data={table: a, train: b, split: {kind: random}}", ["not both"]),
        ("data={table: a, split: {kind: tme, column: t}}", ["'time'", "tme"]),
        ("data={table: a, split: {kind: time, colum: t}}", ["did you mean 'column'"]),
        ("training.learning_rate=.inf", ["training.learning_rate", "finite"]),
        ("embedding.learning_rate=0.1", ["Adagrads", "training.learning_rate"]),
        ("embedding.own_dim=2", ["own_dim", "per-task or both"]),
        ("network.task_groups=[{name: both, tasks: [click, clik]}]", ["'clik' in 'both'", "click"]),
        ("network.task_groups=[{name: one, tasks: [click]}]", ["task_groups", "at least 2"]),
        ("network.task_groups=[{name: one, tasks: [click, seconds, click]}]", ["'one'", "twice"]),
        ("network.task_groups=[{name: click, tasks: [click, seconds]}]", ["'click'", "another unit"]),
        ("network.task_groups=[{name: shared, tasks: [click, seconds]}]", ["'shared'", "another unit"]),
        ("network={variant: mmoe, task_groups: [{name: both, tasks: [click, seconds]}]}", ["adatt-sp", "mmoe"]),
        ("embedding={tables: per-task, own_dim: 2}", ["own_dim", "name own_features too"]),
        ("embedding.own_features=[]", ["own_features", "at least 1"]),
        ("embedding={update: adagrad, weight_decay: 0.1}", ["update dense", "adagrad has none"]),
        ("sharing={forbid: [{source: click, target: click}]}", ["own experts", "'click'"]),
        ("features.0.kind=numeric", ["features", "list"]),
        ("embedding.dim=wide", ["embedding.dim: should be a whole number or 'auto', found 'wide'"]),
        ("embedding.dim=0", ["embedding.dim: should be at least 1 or 'auto', found 0"]),
        ("embedding.fusion=true", ["tables per-task or both", "found shared"]),
        ("network.gate.temperature=0", ["network.gate.temperature", "at least 0.001"]),
        ("network.gate.own_share=1", ["network.gate.own_share", "below 1"]),
        ("embedding.feature_dropout=1", ["embedding.feature_dropout", "below 1"]),
        ("numeric.encoding=ple", ["numeric.encoding", "'piecewise-linear'", "'ple'"]),
        ("backbone.kind=dcn", ["backbone", "'dcn-v2'", "dcn"]),
        ("backbone={kind: dcn-v2, ranks: 3}", ["'backbone.ranks'", "did you mean 'rank'"]),
        ("network=3", ["network: should hold keys, found 3"]),
        ("calibration.binary=linear", ["calibration.binary", "'temperature'", "'linear'"]),
        ("calibration.tasks={clik: platt}", ["calibration", "'clik'", "click"]),
        ("calibration.tasks={seconds: platt}", ["regression task 'seconds'", "none or linear", "platt"]),
        ("embedding.dim=1000000000", ["embedding.dim: should be at most 8,192 or 'auto', found 1000000000"]),
        ("training.seed=9007199254740993", ["training.seed", "at most 2,000,000,000"]),
        (f"training.seed={10**400}", ["training.seed", "at most 2,000,000,000, found a longer number"]),
        ("training.threads=100000", ["training.threads", "at most 1,024"]),
        ("network.tower_dims=[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", ["network.tower_dims", "at most 16"]),
        ("group=" + "g" * 2000, ["group", "at most 1,000 characters", "..."]),
        ('data.train="a\\0"', ["data.train", "NUL"]),
        ("group=!!int x", ["line 1", "'x' cannot be read as int"]),
        ("features=[{name: c, kind: numeric}, {name: c, kind: numeric}]", ["'c' stands there twice"]),
        ("tasks=[{name: t, kind: multiclass, classes: [0]}]", ["tasks.t.classes: should hold at least 2"]),
        ("tasks=[{name: t, kind: multiclass, classes: [yes, no]}]", ["tasks.t.classes: YAML reads yes"]),
        ("epochs", ["training.epochs=3", "'epochs'"]),
        ("=3", ["training.epochs=3", "'=3'"]),
    ],
)
def test_what_does_not_fit_is_named(override: str, words: list[str]) -> None:
    message = _error(BASE, override)
    assert all(word in message for word in words), message
    assert "\n" not in message


BINARY = [{"name": name, "kind": "binary"} for name in ("view", "click", "cart", "buy")]


def _relations(*edges: str) -> list[dict[str, str]]:
    parts = [edge.split() for edge in edges]
    return [{"kind": kind, "source": source, "target": target} for kind, source, target in parts]


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        (["esmm click by"], ["relations name task 'by'", "view, click, cart, buy"]),
        (["esmm click stay"], ["esmm is between binary tasks", "'stay' is regression", "dbmtl"]),
        (["aitm stay click"], ["aitm is between binary tasks", "'stay' is regression"]),
        (["esmm click click"], ["two tasks", "'click'"]),
        (["esmm view buy", "esmm click buy"], ["'buy'", "esmm", "'view'", "'click'", "only one"]),
        (["dbmtl view buy", "dbmtl view buy"], ["'buy'", "dbmtl", "only one"]),
        (["dbmtl view buy", "aitm click buy"], ["'buy'", "aitm and of dbmtl"]),
        (["dbmtl view click", "aitm click cart", "esmm cart view"], ["cycle", "view", "click", "cart", " -> "]),
        (["ple view click"], ["relations", "'esmm'", "ple"]),
        (["dbmtl view"], ["relations"]),
    ],
)
def test_relations_that_do_not_fit_are_named(edges: list[str], words: list[str]) -> None:
    tasks = [*BINARY, {"name": "stay", "kind": "regression"}]
    relations = [dict(zip(("kind", "source", "target"), edge.split(), strict=False)) for edge in edges]
    message = _error({**BASE, "tasks": tasks, "relations": relations})
    assert all(word in message for word in words), message


def test_relations_that_fit_are_taken() -> None:
    edges = _relations("esmm view click", "esmm click buy", "aitm view click", "dbmtl view cart", "dbmtl click cart")
    whole = parse_experiment({**BASE, "tasks": BINARY, "relations": edges})
    assert [relation.kind for relation in whole.relations] == ["esmm", "esmm", "aitm", "dbmtl", "dbmtl"]
    assert parse_experiment(yaml.safe_load(dump_experiment(whole))) == whole


def test_a_calibration_is_that_of_the_task_or_else_of_its_kind() -> None:
    whole = experiment(calibration={"binary": "platt", "regression": "linear", "tasks": {"seconds": "none"}})
    assert [whole.calibration.method(task) for task in whole.tasks] == ["platt", "none", "none"]
    assert {experiment().calibration.method(task) for task in whole.tasks} == {"none"}


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ({"name": "a b", "kind": "numeric"}, ["features.a b.name", "'a b'"]),
        ({"name": "a", "kind": "number"}, ["features.a: its kind", "'numeric'", "number"]),
        ({"name": "a", "kind": "numeric", "transfrom": "none"}, ["did you mean 'transform'"]),
        ({"name": "a", "kind": "sequence", "share_with": "b"}, ["share_with 'b'"]),
        ({"name": "a", "kind": "sequence", "share_with": "b", "min_count": 3}, ["min_count", "'b'"]),
        ({"name": "a", "kind": "sequence", "attention": "b"}, ["attention to 'b'", "same embedding table"]),
        ({"name": "a", "kind": "sequence", "attention": "a"}, ["attention to 'a'", "same embedding table"]),
        ({"name": "a", "kind": "sequence", "attention": "b", "pooling": "sum"}, ["place of pooling"]),
        ({"name": "a", "kind": "categorical", "frequency": True, "hash_buckets": 9}, ["hash_buckets", "frequency"]),
        ({"name": "a", "kind": "numeric", "separator": ","}, ["separator", "set length: true"]),
        ({"name": "a", "kind": "numeric", "length": True, "also_categorical": True}, ["length", "also_categorical"]),
    ],
)
def test_a_feature_that_does_not_fit_is_named(feature: dict[str, Any], words: list[str]) -> None:
    message = _error({**BASE, "features": [feature]})
    assert all(word in message for word in words), message


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
    message = _error({**BASE, "tasks": [task]})
    assert all(word in message for word in words), message


def test_readers_of_a_table_suit_it() -> None:
    item = {"name": "item", "kind": "categorical"}
    seen = {"name": "seen", "kind": "sequence", "attention": "item"}
    assert "same embedding table" in _error({**BASE, "features": [item, seen]})
    shared = parse_experiment({**BASE, "features": [item, {**seen, "share_with": "item"}]})
    assert shared.features[1].kind == "sequence"
    last = {"name": "last", "kind": "categorical", "share_with": "item", "frequency": True}
    assert "table of 'item', which has hash_buckets" in _error(
        {**BASE, "features": [{**item, "hash_buckets": 9}, last]}
    )


def test_a_number_may_be_a_category_too() -> None:
    feature = {"name": "age", "column": "years", "kind": "numeric", "role": "user", "also_categorical": True}
    (number,) = parse_experiment({**BASE, "features": [feature]}).features
    assert isinstance(number, NumericFeature)
    beside = {key: value for key, value in feature.items() if key != "also_categorical"}
    assert number.as_categorical == CategoricalFeature.model_validate({**beside, "kind": "categorical"})
    assert number.model_copy(update={"also_categorical": False}).as_categorical is None


def test_names_stand_once() -> None:
    assert "'user_id' stands there twice" in _error({**BASE, "features": [FEATURES[0], FEATURES[0]]})


def test_predictions_have_names_that_differ() -> None:
    tasks = [{"name": "a", "kind": "multiclass", "classes": ["x", "y"]}, {"name": "a.x", "kind": "binary"}]
    assert "both be called 'a.x'" in _error({**BASE, "tasks": tasks})


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
    assert "use one of them" in _error(whole, "training.average_decay=0.9")


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
