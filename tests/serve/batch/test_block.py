"""One block, against the Scorer and against counts by hand."""

import numpy as np
import polars as pl
import pytest

from serve.conftest import Exported
from support import log_table
from taskfusion.serve.batch.block import BlockScorer, Count
from taskfusion.serve.engine import GRAPH_ROWS
from taskfusion.serve.scorer import Scorer


@pytest.mark.parametrize("rows", [1, 7, GRAPH_ROWS, GRAPH_ROWS + 1])
def test_predictions_are_the_scorers(exported: Exported, rows: int) -> None:
    scorer = Scorer.load(exported.path)
    table = log_table(rows, seed=8)
    found = BlockScorer(scorer).score(table).predictions
    expected = scorer.score(table)
    assert found.columns == expected.columns
    assert set(found.dtypes) == {pl.Float32}
    np.testing.assert_allclose(found.to_numpy(), expected.to_numpy(), rtol=1e-6, atol=1e-6)


def test_missing_and_unseen_values_are_counted(exported: Exported) -> None:
    scorer = BlockScorer(Scorer.load(exported.path))
    table = pl.DataFrame(
        {
            "user_id": [2**60, 2**60 + 999, None],
            "item_id": ["v1", "new", None],
            "age": [None, float("nan"), 3.0],
            "tags": ["1,new", None, "2"],
            "history": [["v1", "new", "newer"], [], None],
        },
        schema_overrides={"user_id": pl.Int64},
    )
    found = scorer.score(table).counts
    assert found == {
        "user_id": Count(1, 2, 1),
        "item_id": Count(1, 2, 1),
        "age": Count(2),
        "tags": Count(1, 3, 1),
        "history": Count(1, 3, 2),
    }
