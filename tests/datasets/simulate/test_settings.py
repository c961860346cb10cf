"""Settings of the simulated feed: what cannot be simulated is said in a sentence."""

import numpy as np
import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.datasets.simulate.settings import KUAIRAND_RATES, TASKS, TRANSFERS, FeedSettings, Matrix


def matrix_with(value: float) -> Matrix:
    matrix = np.eye(6)
    matrix[0, 1] = matrix[1, 0] = value
    matrix[0, 2] = matrix[2, 0] = value
    return tuple(tuple(row) for row in matrix.tolist())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rows": 999}, "rows of a simulated feed must be at least 1000, found 999"),
        ({"num_users": 10}, "num_users of a simulated feed must be at least 500, found 10"),
        ({"num_items": 10}, "num_items of a simulated feed must be at least 500, found 10"),
        ({"days": 400}, "days of a simulated feed must be at least 3 and at most 365, found 400"),
        ({"latent_dim": 5}, "latent_dim of a simulated feed must be at least 6 and at most 32, found 5"),
        ({"seed": -1}, "seed of a simulated feed must be at least 0, found -1"),
        ({"feedback_shown": 0.0}, "feedback_shown is a share above 0 and up to 1, found 0.0"),
        ({"rates": {"share": 0.1}}, "rates names 'share', but the tasks are click, long_view"),
        ({"rates": {"like": 1.0}}, "the rate of like must lie between 0 and 1, found 1.0"),
        ({"rates": {"like": float("nan")}}, "the rate of like must lie between 0 and 1, found nan"),
        ({"rates": {"watch_ratio": 5.0}}, "the rate of watch_ratio must lie between 0 and 5, found 5.0"),
        ({"rates": {"click": 0.3}}, r"the rate of long_view must be below that of click \(0.3\), found 0.311"),
        ({"transfer": "kuairand"}, "transfer is one of kuairand-like, independent, conflict or a matrix"),
        ({"transfer": ((1.0,),)}, r"transfer needs 6 rows of 6 correlations, .* found rows of \[1\]"),
        ({"transfer": ((1.0, *[0.5] * 5), *[(0.0,) * 6] * 5)}, "transfer must be symmetric with 1 on the diagonal"),
        ({"transfer": matrix_with(0.9)}, "smallest eigenvalue is -0.273"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        FeedSettings(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", TRANSFERS)
def test_named_transfers_are_correlations(name: str) -> None:
    assert FeedSettings(transfer=name).correlations.shape == (len(TASKS), len(TASKS))


def test_rates_left_out_are_those_of_kuairand() -> None:
    assert FeedSettings(rates={"like": 0.05}).target_rates == dict(KUAIRAND_RATES) | {"like": 0.05}
