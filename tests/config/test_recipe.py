"""Every table has a recipe, whose settings an experiment takes."""

from itertools import pairwise

import pytest

from support import experiment
from taskfusion.config.experiment import parse_experiment
from taskfusion.config.override import with_settings
from taskfusion.config.recipe import COMMON, SIZES, recipe


@pytest.mark.parametrize("rows", [0, 1, 5_000, 100_000, 100_001, 400_000, 400_001, 10**10, float("inf")])
def test_the_settings_are_those_of_an_experiment(rows: float) -> None:
    content = experiment().model_dump(mode="json")
    found = parse_experiment(with_settings(content, recipe(rows)))
    assert found.ensemble.trees
    assert found.training.batch_size == recipe(rows)["training.batch_size"]


def test_sizes_rise_and_more_rows_are_seen_less_often() -> None:
    bounds = [size.most_rows for size in SIZES]
    assert bounds == sorted(set(bounds))
    assert bounds[-1] == float("inf")
    batches, epochs = (
        [recipe(int(min(b, 10**9)))[f"training.{key}"] for b in bounds] for key in ("batch_size", "epochs")
    )
    assert batches == sorted(batches)
    assert epochs == sorted(epochs, reverse=True)


def test_a_bound_belongs_to_the_smaller_size() -> None:
    for smaller, larger in pairwise(SIZES):
        assert recipe(smaller.most_rows) == {**COMMON, **smaller.settings}
        assert recipe(smaller.most_rows + 1) == {**COMMON, **larger.settings}
