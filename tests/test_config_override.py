"""Settings over those of an experiment file."""

from typing import Any

import pytest

from taskfusion.config_override import with_overrides
from taskfusion.errors import ExperimentError


def test_the_content_that_is_given_stays_as_it_is() -> None:
    content: dict[str, Any] = {"training": {"epochs": 3, "criterion": {"metric": "auc"}}}
    changed = with_overrides(content, ["training.epochs=4", "training.criterion.metric=gauc", "network.variant=ple"])
    assert changed == {"training": {"epochs": 4, "criterion": {"metric": "gauc"}}, "network": {"variant": "ple"}}
    assert content == {"training": {"epochs": 3, "criterion": {"metric": "auc"}}}


@pytest.mark.parametrize("override", ["epochs", "=3", "training.epochs.last=3", "training.epochs=[1"])
def test_what_is_no_setting_is_named(override: str) -> None:
    with pytest.raises(ExperimentError, match=override.replace("[", r"\[")):
        with_overrides({"training": {"epochs": 3}}, [override])
