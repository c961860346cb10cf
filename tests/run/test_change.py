"""Which settings make another run."""

import pytest

from support import experiment
from taskfusion.run.change import setting_change


@pytest.mark.parametrize("harmless", [{"threads": 2}, {"checkpoint_seconds": 7}])
def test_how_fast_is_no_change(harmless: dict[str, int]) -> None:
    assert setting_change(experiment(), experiment(training=harmless)) is None


def test_what_is_learnt_is_one() -> None:
    found = setting_change(experiment(), experiment(training={"epochs": 9}))
    assert found == "training.epochs = 3, but the experiment now says 9"
    found = setting_change(experiment(group=None), experiment())
    assert found == "group = None, but the experiment now says user_id"
