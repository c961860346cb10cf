"""Expected entropies against drawn labels, and a model of a second."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import log_loss

from benchmarks.domain.measure import expected_entropy, trained, with_interval
from taskfusion.config.experiment import Experiment


def test_the_entropy_is_that_of_labels_drawn_from_the_truth() -> None:
    rng = np.random.default_rng(0)
    truth, said = rng.random(400), pl.DataFrame({"click": rng.random(400)})
    many = np.tile(truth, 500)
    label = rng.random(len(many)) < many
    rate = truth.mean()
    expected = log_loss(label, np.tile(said["click"].to_numpy(), 500)) / -(
        rate * np.log(rate) + (1 - rate) * np.log(1 - rate)
    )
    assert expected_entropy({"click": truth}, said)["click"] == pytest.approx(expected, rel=0.01)
    assert expected_entropy({"click": truth}, pl.DataFrame({"click": np.full(400, rate)}))["click"] == pytest.approx(1)


def test_intervals_are_students() -> None:
    assert with_interval([1.0]) == "+1.00"
    assert with_interval([1.0, 2.0, 3.0]) == "+2.00 (-0.48 to +4.48)"


def test_a_trained_model_predicts_for_a_table() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    table = pl.DataFrame({"x": x, "click": (rng.random(600) < 1 / (1 + np.exp(-3 * x))).astype(int)})
    experiment = Experiment.from_dict(
        {
            "features": [{"name": "x", "kind": "numeric"}],
            "tasks": [{"name": "click", "kind": "binary"}],
            "network": {"variant": "shared-bottom", "level_dims": [[4]]},
            "training": {"epochs": 3, "batch_size": 64, "learning_rate": 0.03, "threads": 1},
        }
    )
    predicted = trained(experiment, table.head(400), table.tail(200))(table)
    assert np.corrcoef(predicted["click"].to_numpy(), x)[0, 1] > 0.8
