"""Ranges of settings: either numbers or values."""

from typing import Any

import pytest

from support import experiment
from taskfusion.base.errors import ExperimentError
from taskfusion.config.experiment import dump_experiment, parse_experiment
from taskfusion.config.yaml_text import load_yaml

LEVELS = [[[8], [6]], [[16], [12]]]


def test_a_space_reads_back_as_itself() -> None:
    space = {
        "training.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
        "network.level_dims": {"values": LEVELS},
        "backbone": {"values": [{"kind": "none"}, None, True, 1, 0.5, "x"]},
    }
    whole = experiment(tuning={"space": space})
    assert parse_experiment(load_yaml(dump_experiment(whole), "it")) == whole
    assert whole.tuning.space is not None
    assert whole.tuning.space["network.level_dims"].values == tuple(LEVELS)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "low and high are both needed"),
        ({"low": 1}, "low and high are both needed"),
        ({"low": 2, "high": 2}, "low should be below high, found 2 and 2"),
        ({"low": 0, "high": 1, "log": True}, "above 0, found 0; to try 0 as well, list values"),
        ({"low": 0, "high": 1, "values": [1, 2]}, "not both"),
        ({"values": [1, 2], "log": True}, "not both"),
        ({"values": []}, "at least two different"),
        ({"values": [1]}, "at least two different"),
        ({"values": [1, 2, 1]}, "each once"),
        ({"lo": 1, "high": 2}, "did you mean 'low'"),
    ],
)
def test_what_is_no_range_is_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ExperimentError, match=words) as found:
        experiment(tuning={"space": {"training.learning_rate": given}})
    assert "tuning.space.training.learning_rate" in str(found.value)
