"""Names of settings, and which was meant."""

import pytest

from support import BASE, refusal
from taskfusion.config.experiment import Experiment, parse_experiment
from taskfusion.config.override import with_settings
from taskfusion.config.setting import setting_names, settings_called, settings_like

OPTIONAL = {"data", "domain", "backbone", "tuning", "features", "tasks"}
"""Sections that may be absent, are of several kinds, or hold lists."""


def test_every_name_is_that_of_a_setting() -> None:
    """Set to its own default, or to one of another kind of section, a name is known."""
    names = list(setting_names(Experiment))
    assert len(names) == len(set(names)) > 60
    assert {"training.epochs", "network.gate.dropout", "group", "data.split.column"} <= set(names)
    plain = [name for name in names if name.split(".")[0] not in OPTIONAL]
    whole = parse_experiment(BASE).model_dump(mode="json")
    for name in plain:
        value = whole
        for key in name.split("."):
            value = value[key]
        assert parse_experiment(with_settings(BASE, {name: value})) == parse_experiment(BASE)


def test_settings_are_found_by_their_last_word() -> None:
    assert settings_called("epochs", Experiment) == ["training.epochs"]
    assert settings_called("learning_rate", Experiment) == [
        "embedding.learning_rate",
        "training.learning_rate",
        "lightgbm.learning_rate",
    ]
    assert settings_called("epoch", Experiment) == []
    assert settings_like("epoch", Experiment) == ["training.epochs"]
    assert settings_like("zzz", Experiment) == []


@pytest.mark.parametrize(
    ("setting", "meant"),
    [
        ("epochs=3", "'epochs' is not a known key; did you mean 'training.epochs'?"),
        ("batchsize=3", "'batchsize' is not a known key; did you mean 'training.batch_size'?"),
        ("training.epoch=3", "'training.epoch' is not a known key; did you mean 'epochs'?"),
        ("trainng.epochs=3", "'trainng' is not a known key; did you mean 'training'?"),
        ("network.share=0.5", "'network.share' is not a known key; did you mean 'distillation.share'?"),
        ("features.ages.role=user", "did you mean 'age'?"),
        ("zzz=1", "'zzz' is not a known key"),
    ],
)
def test_the_setting_that_was_meant_is_named(setting: str, meant: str) -> None:
    assert refusal(BASE, setting).endswith(meant)
