"""Experiments made of others are held to what a file is held to."""

import pytest

from support import experiment
from taskfusion.base.errors import ExperimentError
from taskfusion.config.derive import derive
from taskfusion.config.experiment import parse_experiment


def test_what_is_not_named_stays_and_the_source_too() -> None:
    whole = experiment()
    before = whole.model_dump()
    other = derive(whole, training=derive(whole.training, epochs=7), group=None)
    assert whole.model_dump() == before
    assert other.model_dump() == {**before, "group": None, "training": {**before["training"], "epochs": 7}}
    assert other == parse_experiment(other.model_dump(mode="json"))
    assert derive(whole) == whole


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tasks": experiment().tasks[:1], "relations": ()}, "with another tasks and relations"),
        ({"tasks": ()}, "with another tasks: tasks: should hold at least 1"),
        ({"group": 3}, "group: should be a text, found 3"),
        ({"networks": None}, "'networks' is not a known key; did you mean 'network'?"),
    ],
)
def test_what_does_not_fit_is_refused(fields: dict[str, object], message: str) -> None:
    whole = experiment(calibration={"tasks": {"reaction": "temperature"}})
    with pytest.raises(ExperimentError) as caught:
        derive(whole, **fields)
    assert message in str(caught.value)


def test_sections_are_checked_by_themselves() -> None:
    with pytest.raises(ExperimentError, match=r"with another epochs: epochs: should be a"):
        derive(experiment().training, epochs=-1)
