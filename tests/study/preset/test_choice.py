"""Each change is of settings that an experiment has, and only where it can change something."""

from typing import Any

import pytest

from support import FEATURES, TASKS, experiment
from taskfusion.config.experiment import parse_experiment
from taskfusion.config.override import with_settings
from taskfusion.study.preset.choice import BOTH_TABLES, CATEGORIES, LESSONS, OWN_TABLES, PRESETS, WIDER, Choice

CHOICES = list({choice.name: choice for choices in PRESETS.values() for choice in choices}.values())
NUMBERS = [one for one in FEATURES if one["kind"] == "numeric"]


@pytest.mark.parametrize("choice", CHOICES, ids=lambda one: one.name)
def test_a_change_changes_an_experiment(choice: Choice) -> None:
    own = experiment()
    settings = choice.settings(own, ["age"])
    assert settings
    assert parse_experiment(with_settings(own.model_dump(mode="json"), settings)) != own


@pytest.mark.parametrize(
    ("choice", "sections"),
    [
        (OWN_TABLES, {"tasks": TASKS[:1]}),
        (OWN_TABLES, {"features": NUMBERS, "group": None}),
        (OWN_TABLES, {"network": {"variant": "mmoe"}}),
        (BOTH_TABLES, {"tasks": TASKS[:1]}),
        (LESSONS, {"tasks": [{"name": "reaction", "kind": "ordinal", "levels": ["none", "like", "hate"]}]}),
    ],
    ids=["one task", "only numbers", "nobody owns tables", "one task, both", "no task that trees can teach"],
)
def test_nothing_is_tried_where_there_is_nothing_to_change(choice: Choice, sections: dict[str, Any]) -> None:
    assert choice.settings(experiment(**sections), []) == {}


def test_no_whole_numbers_no_categories() -> None:
    assert CATEGORIES.settings(experiment(), []) == {}
    assert CATEGORIES.settings(experiment(), ["age"]) == {"features.age.also_categorical": True}


def test_wider_is_twice_as_wide() -> None:
    assert WIDER.settings(experiment(), []) == {"network.level_dims": [[16], [12]]}


def test_presets_grow() -> None:
    assert list(PRESETS) == ["fast", "auto", "best"]
    assert PRESETS["fast"] == ()
    assert set(PRESETS["auto"]) < set(PRESETS["best"])
