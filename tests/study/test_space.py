"""Which settings are searched: the default space holds the experiment's own, and faults are found before training."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import FEATURES, experiment
from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import Experiment
from taskfusion.study.space import (
    NOT_SEARCHED,
    dimensions,
    experiment_with,
    network_space,
    setting,
    tree_space,
    without_loss_weights,
)


def searched(name: str, one: dict[str, Any], **settings: Any) -> Experiment:
    return experiment(tuning={"space": {name: one}}, **settings)


@given(
    rate=st.floats(1e-6, 10),
    decay=st.sampled_from([0.0, 1e-4, 0.3]),
    dropout=st.floats(0, 0.99),
    dim=st.sampled_from(["auto", 1, 8, 500]),
    levels=st.lists(st.lists(st.integers(1, 300), min_size=1, max_size=2), min_size=1, max_size=3),
    update=st.sampled_from(["dense", "adagrad"]),
    leaves=st.integers(2, 4000),
    l2=st.floats(0, 100),
    fraction=st.floats(0.01, 1),
)
def test_default_spaces_hold_the_settings_of_the_experiment(
    rate: float,
    decay: float,
    dropout: float,
    dim: str | int,
    levels: list[list[int]],
    update: str,
    leaves: int,
    l2: float,
    fraction: float,
) -> None:
    own = experiment(
        training={"learning_rate": rate, "weight_decay": decay},
        network={"dropout": dropout, "level_dims": levels},
        embedding={"dim": dim, "update": update, "feature_dropout": dropout},
        lightgbm={"num_leaves": leaves, "lambda_l2": l2, "feature_fraction": fraction},
    )
    for space in (network_space(own), tree_space(own)):
        found = dimensions(space, own)
        lacking = {name for name, one in found.items() if not one.has_own}
        assert lacking <= ({"lightgbm.num_leaves"} if leaves < 8 else set())


def test_embeddings_are_searched_where_there_are_some() -> None:
    numbers = [feature for feature in FEATURES if feature["kind"] == "numeric"]
    assert any(name.startswith("embedding.") for name in network_space(experiment()))
    assert not any(name.startswith("embedding.") for name in network_space(experiment(features=numbers, group=None)))


def test_names_of_the_file_take_the_place_of_the_default_space_of_their_learner() -> None:
    rate, leaves = {"low": 0.1, "high": 0.2}, {"low": 3, "high": 9}
    own = experiment(tuning={"space": {"training.learning_rate": rate, "lightgbm.num_leaves": leaves}})
    assert list(network_space(own)) == ["training.learning_rate"]
    assert list(tree_space(own)) == ["lightgbm.num_leaves"]
    of_trees = searched("lightgbm.num_leaves", leaves)
    assert network_space(of_trees) == network_space(experiment())


def test_the_weight_of_a_loss_is_nothing_to_search_for_one_task() -> None:
    weight, rate = {"low": 0.1, "high": 1}, {"low": 0.1, "high": 0.2}
    own = experiment(tuning={"space": {"tasks.click.loss_weight": weight, "training.learning_rate": rate}})
    assert list(network_space(without_loss_weights(own))) == ["training.learning_rate"]
    alone = searched("tasks.click.loss_weight", weight)
    assert network_space(without_loss_weights(alone)) == network_space(experiment())


@pytest.mark.parametrize(
    ("name", "one", "whole"),
    [
        ("training.epochs", {"low": 1, "high": 9}, True),
        ("network.shared_experts", {"low": 0, "high": 2}, True),
        ("network.dropout", {"low": 0, "high": 0.5}, False),
        ("training.weight_decay", {"low": 0, "high": 1}, False),
        ("tasks.click.loss_weight", {"low": 0.1, "high": 10, "log": True}, False),
        ("embedding.dim", {"values": [4, 8]}, False),
    ],
)
def test_numbers_are_whole_where_the_setting_is(name: str, one: dict[str, Any], whole: bool) -> None:
    own = searched(name, one)
    assert dimensions(own.tuning.space or {}, own)[name].whole is whole


@pytest.mark.parametrize(
    ("name", "one", "words"),
    [
        ("training.learning_rat", {"low": 0.1, "high": 0.2}, "did you mean 'learning_rate'"),
        ("trainin.learning_rate", {"low": 0.1, "high": 0.2}, "did you mean 'training'"),
        ("network.dropout", {"low": 0.1, "high": 1.5}, "below 1, found 1.5"),
        ("training.epochs", {"low": 0.5, "high": 3}, "whole number"),
        ("training.optimizer", {"values": ["adam", "sgd"]}, "sgd"),
        ("tasks.clik.loss_weight", {"low": 0.1, "high": 1}, "no entry named 'clik'"),
        ("embedding.learning_rate", {"low": 0.1, "high": 1}, "Adagrads"),
        ("training", {"values": [{"epochs": 1}, {"epochs": 2}]}, "training.criterion is not searched"),
        *((name, {"values": [1, 2]}, f"{name} is not searched") for name in NOT_SEARCHED),
        ("features.age.transform", {"values": [1, 2]}, "encoded once"),
        ("tasks.click.label", {"values": ["a", "b"]}, "only loss_weight"),
        ("training.criterion.metric", {"values": ["auc", "gauc"]}, "how trials are evaluated"),
    ],
)
def test_what_cannot_be_searched_is_named(name: str, one: dict[str, Any], words: str) -> None:
    own = searched(name, one)
    with pytest.raises(ExperimentError, match=words):
        dimensions(own.tuning.space or {}, own)


def test_a_setting_is_read_where_it_was_put() -> None:
    settings = {"training.epochs": 7, "tasks.seconds.loss_weight": 0.25, "network.level_dims": [[5], [4]]}
    changed = experiment_with(experiment(), settings)
    assert {name: setting(changed, name) for name in settings} == settings
    assert changed.tasks[1].loss_weight == 0.25
    assert changed.training.epochs == 7
