"""Requests and candidates, split or not, are scored as the rows of a table that they stand for."""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from serve.serving import ITEMS, REQUEST, TABLE
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.worker.model import Items, Model, by_column

ROWS = np.asarray([3, 0, 3, 19], dtype=np.int64)


@pytest.fixture(params=[True, False], ids=["split", "whole"])
def either(model: Model, request: pytest.FixtureRequest) -> Iterator[Model]:
    """The same model as one that is split, and as one that is not."""
    model.is_split = request.param
    yield model
    model.is_split = True


def items_of(model: Model, table: pl.DataFrame = ITEMS) -> Items:
    return model.items(model.raw.rows(table.rows(named=True), model.features["item"], "items"))


def test_candidates_are_scored_as_rows_of_a_table(either: Model, scorer: Scorer) -> None:
    request = either.raw.rows([REQUEST], either.features["request"], "request")
    found = either.score(request, items_of(either), ROWS, None)
    table = ITEMS[ROWS.tolist()].join(TABLE[:1].drop("item_id", "tags"), how="cross")
    np.testing.assert_allclose(found, scorer.score(table).to_numpy(), rtol=1e-5, atol=1e-6)


def test_items_follow_one_another(either: Model) -> None:
    first, second = items_of(either, ITEMS[:5]), items_of(either, ITEMS[5:])
    both, whole = first.followed_by(second), items_of(either)
    assert len(both) == len(ITEMS)
    for mine, theirs in zip(
        [*both.encoded.arrays(), *both.shares], [*whole.encoded.arrays(), *whole.shares], strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)
    some = both.rows(ROWS)
    assert len(some) == len(ROWS)
    assert (some.encoded.ids_BF == whole.encoded.ids_BF[ROWS]).all()


def test_predictions_stand_side_by_side() -> None:
    found = by_column([np.zeros(2, dtype=np.float32), np.ones((2, 3), dtype=np.float64)])
    assert found.dtype == np.float32
    assert found.tolist() == [[0, 1, 1, 1]] * 2
