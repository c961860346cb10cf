"""The hidden side of the simulated feed: the true logits and how far tasks agree in them."""

import numpy as np
import pytest

from taskfusion.datasets.simulate.settings import TRANSFERS, FeedSettings, Matrix
from taskfusion.datasets.simulate.world import SPREADS, build_world, centred_logits, draw_rows

ONE_TASTE: Matrix = ((1.0,) * 6,) * 6


@pytest.mark.parametrize("transfer", [*TRANSFERS, ONE_TASTE])
@pytest.mark.parametrize("seed", [0, 1])
def test_true_logits_correlate_as_set(transfer: str | Matrix, seed: int) -> None:
    settings = FeedSettings(num_users=1_000, num_items=600, transfer=transfer, seed=seed)
    world = build_world(settings)
    rng = np.random.default_rng(2)
    logits = centred_logits(world, draw_rows(world, settings, rng.random(50_000), rng))
    np.testing.assert_allclose(np.corrcoef(logits.T), settings.correlations, atol=0.06)
    np.testing.assert_allclose(logits.std(axis=0), SPREADS, rtol=0.1)


def test_users_items_and_contexts_have_mean_zero_and_unit_variance_among_the_rows() -> None:
    settings = FeedSettings(num_users=1_000, num_items=600)
    world = build_world(settings)
    activity = np.diff(world.users.activity, prepend=0)
    popularity = np.diff(world.items.popularity, prepend=0)
    for values, shares in (
        (world.users.bias, activity),
        (world.users.taste, activity),
        (world.items.quality, popularity),
        (world.items.taste, popularity),
    ):
        np.testing.assert_allclose(shares @ values, 0, atol=1e-9)
        np.testing.assert_allclose((values.T * shares) @ values, np.eye(values.shape[1]), atol=1e-9)
