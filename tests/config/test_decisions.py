"""Bounds of the settings."""

from typing import Any

import pytest
from pydantic import ValidationError

from taskfusion.config.decisions import DecisionSettings


def test_a_directory_is_enough() -> None:
    found = DecisionSettings(directory="decisions")
    assert (found.sample, found.salt, found.batch_rows, found.batch_seconds) == (1.0, None, 128, 1.0)


@pytest.mark.parametrize(
    "setting",
    [{"sample": 0}, {"sample": 1.1}, {"salt": "short"}, {"batch_rows": 0}, {"batch_seconds": 0}, {"smaple": 1}],
)
def test_what_cannot_be_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DecisionSettings.model_validate({"directory": "d", **setting})
