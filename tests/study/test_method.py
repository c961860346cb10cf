"""Methods as plans: which settings their runs depend on."""

from typing import Any

import pytest
import yaml

from support import TASKS, experiment, log_table
from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment, dump_experiment, parse_experiment
from taskfusion.data.prepared import encode_splits
from taskfusion.study.baseline import CATBOOST, LIGHTGBM, SINGLE_TASK
from taskfusion.study.method import DEFAULT_TREES, methods


def plans(name: str, **settings: Any) -> list[Experiment]:
    own = experiment(**settings)
    parts = {part: log_table(200, seed).lazy() for seed, part in enumerate(("train", "validation"))}
    data = encode_splits(parts, own.table_schema, memory_gib=1)
    return [model.experiment for model in methods()[name].models(own, data, 5000)]


@pytest.mark.parametrize("name", [SINGLE_TASK, LIGHTGBM, CATBOOST])
def test_baselines_are_one_model_a_task(name: str) -> None:
    assert [[task.name for task in one.tasks] for one in plans(name)] == [["click"], ["seconds"], ["reaction"]]


@pytest.mark.parametrize(
    "settings",
    [{"network": {"tower_dims": [9]}}, {"embedding": {"dim": 3}}, {"training": {"learning_rate": 0.5, "epochs": 9}}],
)
def test_trees_do_not_depend_on_the_network(settings: dict[str, Any]) -> None:
    assert plans(LIGHTGBM, **settings) == plans(LIGHTGBM)
    assert plans(CATBOOST, **settings) == plans(CATBOOST)
    assert plans("adatt", **settings) != plans("adatt")


def test_catboost_has_neither_settings_nor_anything_to_search() -> None:
    assert plans(CATBOOST, lightgbm={"num_leaves": 7}) == plans(CATBOOST)
    with pytest.raises(ExperimentError, match="tune has nothing to search"):
        DEFAULT_TREES.space(experiment())


@pytest.mark.parametrize("name", ["adatt", "own-only", SINGLE_TASK])
def test_the_files_of_runs_can_be_read_back(name: str) -> None:
    for one in plans(
        name, embedding={"tables": "both", "own_dim": 2, "fusion": True}, network={"gate": {"own_share": 0.9}}
    ):
        assert parse_experiment(yaml.safe_load(dump_experiment(one))) == one


@pytest.mark.parametrize("name", ["adatt", SINGLE_TASK])
def test_networks_do_not_depend_on_the_trees(name: str) -> None:
    settings = {"lightgbm": {"num_leaves": 7}}
    assert plans(name, **settings) == plans(name)
    assert plans(LIGHTGBM, **settings) != plans(LIGHTGBM)


@pytest.mark.parametrize("name", ["adatt-sp", SINGLE_TASK])
def test_networks_that_predict_together_with_trees_depend_on_them(name: str) -> None:
    together: dict[str, Any] = {"ensemble": {"trees": True}}
    assert all(one.ensemble.trees for one in plans(name, **together))
    assert plans(name, **together, lightgbm={"num_leaves": 7}) != plans(name, **together)
    assert plans(LIGHTGBM, **together) == plans(LIGHTGBM)


@pytest.mark.parametrize("name", [SINGLE_TASK, LIGHTGBM])
def test_models_of_one_task_are_calibrated_as_the_task_is(name: str) -> None:
    settings = {"calibration": {"binary": "platt", "tasks": {"seconds": "linear"}}}
    methods = [one.calibration.method(one.tasks[0]) for one in plans(name, **settings)]
    assert methods == ["platt", "linear", "none"]
    assert [list(one.calibration.tasks) for one in plans(name, **settings)] == [[], ["seconds"], []]


def test_baselines_of_one_task_have_no_relations() -> None:
    settings = {"relations": [{"kind": "dbmtl", "source": "click", "target": "seconds"}]}
    for baseline in (SINGLE_TASK, LIGHTGBM):
        assert all(one.relations == () for one in plans(baseline, **settings))
    assert [len(one.relations) for one in plans("adatt", **settings)] == [1]


@pytest.mark.parametrize("name", [SINGLE_TASK, LIGHTGBM])
def test_a_model_of_one_task_does_not_know_its_weight_among_others(name: str) -> None:
    weighted = [{**TASKS[0], "loss_weight": 0}, {**TASKS[1], "loss_weight": 0.02}, TASKS[2]]
    assert plans(name, tasks=weighted) == plans(name)
    for one in plans(name, tasks=weighted):
        assert parse_experiment(yaml.safe_load(dump_experiment(one))) == one
    assert [task.loss_weight for task in plans("adatt", tasks=weighted)[0].tasks] == [0, 0.02, 1]
