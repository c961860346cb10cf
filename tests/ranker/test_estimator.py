"""Parameters, as scikit-learn asks for them."""

import pytest
import sklearn.base

from support import experiment, log_table
from taskfusion import MultiTaskRanker
from taskfusion.base.errors import ExperimentError, RunError


@pytest.fixture(scope="module")
def ranker() -> MultiTaskRanker:
    return MultiTaskRanker(experiment()).fit(log_table(600))


def test_settings_are_copied_and_changed(ranker: MultiTaskRanker) -> None:
    copy = ranker.with_settings("training.epochs=1")
    assert (copy.experiment.training.epochs, ranker.experiment.training.epochs) == (1, 3)
    assert copy.with_settings("training.epochs=3").experiment == ranker.experiment
    assert copy.set_params(verbose=0) is copy
    assert copy.get_params() == {"experiment": copy.experiment, "progress": None, "verbose": 0}
    with pytest.raises(ExperimentError, match=r"'epochs' is no parameter of MultiTaskRanker.*with_settings"):
        copy.set_params(epochs=2)
    with pytest.raises(ExperimentError, match=r"verbose should be 0, 1, 2, found 3"):
        copy.set_params(verbose=3)
    assert copy.verbose == 0


def test_scikit_learn_clones_it_without_what_it_has_learned(ranker: MultiTaskRanker) -> None:
    cloned = sklearn.base.clone(ranker)
    assert cloned.get_params() == ranker.get_params()
    with pytest.raises(RunError, match="not fitted"):
        cloned.predict(log_table(5))
