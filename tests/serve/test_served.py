"""The way of the server gives what the scorer gives, in JSON of every type of column that JSON has."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from serve.conftest import Exported
from support import log_table
from taskfusion.base.errors import RunError
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.served import ServedWay, not_json


def test_both_of_its_ways_give_what_the_scorer_gives(exported: Exported, scorer: Scorer) -> None:
    """Lists of none, one and several, missing and unseen values are among the rows."""
    rows = log_table(40, seed=8)
    first = pl.int_range(pl.len()) == 0
    unseen = pl.when(first).then(pl.lit("never seen")).otherwise("item_id").alias("item_id")
    rows = rows.with_columns(pl.when(~first).then("history").alias("history"), unseen)
    assert set(rows["history"].list.len().to_list()) >= {None, 0, 1, 2}
    server, expected = ServedWay(exported.path), scorer.score(rows).to_numpy()
    for found in (server.rank(rows), server.infer(rows)):
        assert found.columns == list(exported.experiment.table_schema.prediction_names)
        np.testing.assert_allclose(found.to_numpy(), expected, rtol=1e-6, atol=1e-6)


def test_a_row_that_is_refused_is_told(exported: Exported) -> None:
    with pytest.raises(RunError, match=r"the server refuses a row .* 'user_id'"):
        ServedWay(exported.path).rank(log_table(2).with_columns(user_id=pl.lit("x")))


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Float32, pl.String, pl.Boolean, pl.Datetime(), pl.List(pl.String)])
def test_types_that_json_has(dtype: pl.DataType) -> None:
    assert not_json({"a": dtype}) is None


@pytest.mark.parametrize("dtype", [pl.Decimal(10, 2), pl.Duration(), pl.Binary, pl.List(pl.Duration()), pl.Struct({})])
def test_types_that_json_lacks(dtype: pl.DataType) -> None:
    assert str(not_json({"a": pl.Int8(), "b": dtype})).startswith("column 'b' is of type")


def test_it_needs_a_bundle(tmp_path: Path) -> None:
    with pytest.raises(RunError):
        ServedWay(tmp_path)
