"""Rows scored by request, against the Scorer and against features told row by row."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve.conftest import Exported
from support import log_table
from taskfusion.serve.batch.block import BlockScorer
from taskfusion.serve.batch.request import LEAST_RUN, Coded, ItemShares, RequestScorer, Side, run_starts
from taskfusion.serve.inputs import features_of
from taskfusion.serve.scorer import Scorer

ITEM = ["item_id", "tags"]


@pytest.fixture(scope="module")
def scorer(exported: Exported) -> Scorer:
    return Scorer.load(exported.path)


def requests(count: int, candidates: int, seed: int = 0) -> pl.DataFrame:
    """So many requests of so many items each, some of them missing or unseen."""
    log, rng = log_table(200, seed), np.random.default_rng(seed)
    items = log.select(ITEM).with_columns(
        item_id=pl.when(pl.int_range(pl.len()) % 9 == 0).then(pl.lit("new")).otherwise("item_id")
    )
    request = log.drop(ITEM)[np.repeat(rng.integers(0, 200, count), candidates)]
    return pl.concat([request, items[rng.integers(0, 200, count * candidates)]], how="horizontal")


@pytest.mark.parametrize(("count", "candidates"), [(1, 600), (40, 37), (3, LEAST_RUN)])
def test_predictions_are_the_scorers(scorer: Scorer, count: int, candidates: int) -> None:
    table = requests(count, candidates)
    found = RequestScorer(scorer).score(table)
    assert found is not None
    columns = np.concatenate([part.reshape(len(table), -1) for part in found.by_task], axis=1)
    np.testing.assert_allclose(columns, scorer.score(table).to_numpy(), rtol=1e-6, atol=1e-6)


def test_counts_are_those_of_the_rows(scorer: Scorer) -> None:
    table = requests(5, 40, seed=3)
    by_request, whole = BlockScorer(scorer), BlockScorer(scorer)
    whole._requests = None
    assert by_request.score(table).counts == whole.score(table).counts


def test_short_requests_are_scored_as_a_whole(scorer: Scorer) -> None:
    assert RequestScorer(scorer).score(log_table(100)) is None


def test_threads_share_what_items_add_and_forget_it_where_there_is_no_room(scorer: Scorer) -> None:
    one = RequestScorer(scorer)
    tables = [requests(4, 50, seed) for seed in range(6)]
    item = Side.of(scorer, features_of(scorer.schema, "item"))
    most = max(table.select(ITEM).n_unique() for table in tables)
    one._items = ItemShares(scorer.engine, item, (most + 1) * 4 * sum(scorer.engine.readers.values()))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(one.score, tables * 3))
    for place, scored in enumerate(found):
        assert scored is not None
        expected = scorer.score(tables[place % 6])["click"].to_numpy()
        np.testing.assert_allclose(scored.by_task[0], expected, rtol=1e-6, atol=1e-6)
    one._items = ItemShares(scorer.engine, item, 1)
    assert one.score(tables[0]) is None


@given(st.lists(st.tuples(st.sampled_from([None, 1, 2]), st.sampled_from([None, [], [1], [1, None]])), max_size=30))
def test_a_run_ends_where_a_value_changes(rows: list[tuple[int | None, list[int | None] | None]]) -> None:
    schema = {"a": pl.Int64(), "b": pl.List(pl.Int64), "none": pl.Null()}
    table = pl.DataFrame([(*row, None) for row in rows], schema=schema, orient="row")
    expected = [place for place, row in enumerate(rows) if place == 0 or row != rows[place - 1]]
    assert run_starts(table, list(schema)).tolist() == expected
    assert run_starts(table, ["none"]).tolist() == [0][: len(rows)]


def test_codes_count_for_the_rows_that_they_stand_for() -> None:
    codes = np.array([[1, 2], [1, 1]], dtype=np.int32)
    assert Coded(codes).count(codes == 1) == 3
    assert Coded(codes, np.array([10, 1])).count(codes == 1) == 12


def test_a_model_that_is_not_split_is_scored_as_a_whole(exported: Exported, tmp_path: Path) -> None:
    scorer = Scorer.load(exported.path)
    record = scorer.engine.record
    scorer.engine.record = type(record)(**{**dict(record), "split": None, "not_split": "told so"})
    found = BlockScorer(scorer).score(requests(2, 30)).predictions
    np.testing.assert_allclose(found["click"], scorer.score(requests(2, 30))["click"], rtol=1e-6, atol=1e-6)
