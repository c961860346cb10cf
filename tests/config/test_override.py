"""Settings over those of an experiment file."""

from typing import Any

import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.config.override import with_overrides, with_settings


def test_the_content_that_is_given_stays_as_it_is() -> None:
    content: dict[str, Any] = {"training": {"epochs": 3, "criterion": {"metric": "auc"}}}
    changed = with_overrides(content, ["training.epochs=4", "training.criterion.metric=gauc", "network.variant=ple"])
    assert changed == {"training": {"epochs": 4, "criterion": {"metric": "gauc"}}, "network": {"variant": "ple"}}
    assert content == {"training": {"epochs": 3, "criterion": {"metric": "auc"}}}


@pytest.mark.parametrize("override", ["epochs", "=3", "training.epochs.last=3", "training.epochs=[1"])
def test_what_is_no_setting_is_named(override: str) -> None:
    with pytest.raises(ExperimentError, match=override.replace("[", r"\[")):
        with_overrides({"training": {"epochs": 3}}, [override])


def test_an_entry_of_a_list_is_reached_by_its_name() -> None:
    content: dict[str, Any] = {"tasks": [{"name": "click"}, {"name": "like", "weights": [1, 2]}]}
    changed = with_overrides(content, ["tasks.like.loss_weight=0.5"])
    assert changed == {"tasks": [{"name": "click"}, {"name": "like", "weights": [1, 2], "loss_weight": 0.5}]}
    assert content == {"tasks": [{"name": "click"}, {"name": "like", "weights": [1, 2]}]}
    with pytest.raises(ExperimentError, match="no entry named 'lik', but click, like"):
        with_overrides(content, ["tasks.lik.loss_weight=0.5"])


def test_null_takes_an_entry_out_of_a_list() -> None:
    content: dict[str, Any] = {"tasks": [{"name": "click"}, {"name": "like"}], "epochs": 3}
    assert with_overrides(content, ["tasks.click=null"]) == {"tasks": [{"name": "like"}], "epochs": 3}
    assert with_overrides(content, ["epochs=null"]) == {"tasks": content["tasks"], "epochs": None}
    assert len(content["tasks"]) == 2
    with pytest.raises(ExperimentError, match="no entry named 'lik', but click, like"):
        with_overrides(content, ["tasks.lik=null"])
    with pytest.raises(ExperimentError, match=r"tasks\.click=1' cannot be set"):
        with_overrides(content, ["tasks.click=1"])


def test_settings_are_values_and_no_texts() -> None:
    content = {"training": {"epochs": 3}, "network": {"variant": "ple"}}
    changed = with_settings(content, {"training.epochs": 4, "network.level_dims": [[8]]})
    assert changed == {"training": {"epochs": 4}, "network": {"variant": "ple", "level_dims": [[8]]}}
    with pytest.raises(ExperimentError, match=r"training\.epochs\.last"):
        with_settings(content, {"training.epochs.last": 3})
