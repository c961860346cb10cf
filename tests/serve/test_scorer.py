"""Tables scored by an exported model, against the model itself."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from serve.conftest import Exported
from support import log_table
from taskfusion.base.errors import DataError, RunError
from taskfusion.data.batch import Batch
from taskfusion.data.table import from_table
from taskfusion.serve.item_rows import ItemRows
from taskfusion.serve.scorer import BLOCK_ROWS, Scorer

TABLE = log_table(50, seed=3)
ITEMS = TABLE.unique("item_id", maintain_order=True).select("item_id", "tags")
REQUEST = TABLE[:1].drop("item_id", "tags")


@pytest.fixture(scope="module")
def scorer(exported: Exported) -> Scorer:
    return Scorer.load(exported.path)


@pytest.fixture(scope="module")
def item_rows(scorer: Scorer) -> ItemRows:
    return scorer.item_rows(ITEMS)


def expected(exported: Exported, table: pl.DataFrame) -> np.ndarray:
    with torch.no_grad():
        parts = exported.model.predict(Batch.of(exported.encoder.encode(table)))
    return np.concatenate([part.numpy().reshape(len(table), -1) for part in parts], axis=1)


def close(found: pl.DataFrame, numbers: np.ndarray) -> None:
    np.testing.assert_allclose(found.to_numpy(), numbers, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [pl.DataFrame, pl.DataFrame.to_arrow, pl.DataFrame.to_pandas])
def test_scores_of_any_table_are_the_models(kind: object, scorer: Scorer, exported: Exported) -> None:
    assert callable(kind)
    table = kind(TABLE)
    scores = scorer.score(table)
    assert type(scores) is type(table)
    found = from_table(scores)
    assert found.columns == list(exported.experiment.table_schema.prediction_names)
    close(found, expected(exported, TABLE))


def test_pandas_rows_and_requests_stay_pandas(scorer: Scorer, item_rows: ItemRows) -> None:
    table = TABLE.to_pandas().set_index(TABLE["click"].to_pandas())
    assert scorer.score(table).index.equals(table.index)
    found = scorer.score_candidates(REQUEST.to_pandas(), item_rows, [2, 0])
    assert from_table(found).equals(scorer.score_candidates(REQUEST, item_rows, [2, 0]))
    assert list(found.index) == [0, 1]


def test_threads_score_what_one_does(scorer: Scorer) -> None:
    tables = [log_table(40, seed) for seed in range(4)]
    alone = [scorer.score(table) for table in tables]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(scorer.score, tables * 3))
    assert all(scores.equals(alone[index % 4]) for index, scores in enumerate(found))


def test_it_says_what_it_is(scorer: Scorer, exported: Exported) -> None:
    assert repr(scorer).startswith(f"Scorer('{exported.path}', tasks=[click, seconds, reaction], features=[user_id,")


def test_long_tables_are_scored_block_by_block(scorer: Scorer, exported: Exported) -> None:
    table = log_table(BLOCK_ROWS + 3, seed=4)
    close(scorer.score(table), expected(exported, table))


def test_a_request_and_item_rows_give_the_models_scores(
    scorer: Scorer, item_rows: ItemRows, exported: Exported
) -> None:
    found = scorer.score_candidates(REQUEST, item_rows)
    close(found, expected(exported, ITEMS.join(REQUEST, how="cross")))
    chosen = [7, 0, 7]
    close(scorer.score_candidates(REQUEST, item_rows, chosen), found[chosen].to_numpy())
    close(scorer.score_candidates(REQUEST, item_rows, [2]), found[[2]].to_numpy())


def test_no_rows_are_no_error(scorer: Scorer, item_rows: ItemRows) -> None:
    assert scorer.score(TABLE[:0]).shape == (0, 5)
    assert scorer.score_candidates(REQUEST, item_rows, []).shape == (0, 5)
    assert len(scorer.item_rows(ITEMS[:0])) == 0


def test_item_rows_are_current_until_an_item_changes(scorer: Scorer, item_rows: ItemRows) -> None:
    assert scorer.is_current(item_rows, ITEMS)
    assert not scorer.is_current(item_rows, ITEMS.with_columns(tags=pl.lit("3,1")))
    assert not scorer.is_current(item_rows, ITEMS[1:])
    other = ItemRows(item_rows.shares, "another", item_rows.items)
    assert not scorer.is_current(other, ITEMS)
    with pytest.raises(RunError, match="another model"):
        scorer.score_candidates(REQUEST, other)


@pytest.mark.parametrize("count", [0, 2])
def test_a_request_is_one_row(count: int, scorer: Scorer, item_rows: ItemRows) -> None:
    with pytest.raises(DataError, match=f"one row, found {count}"):
        scorer.score_candidates(TABLE[:count], item_rows)


@pytest.mark.parametrize("candidate", [-1, len(ITEMS)])
def test_candidates_are_in_the_catalogue(candidate: int, scorer: Scorer, item_rows: ItemRows) -> None:
    with pytest.raises(DataError, match=f"0 to {len(ITEMS) - 1}"):
        scorer.score_candidates(REQUEST, item_rows, [candidate])


@pytest.mark.parametrize("candidates", [[1.5], [True, False], ["0"]], ids=["fraction", "mask", "text"])
def test_candidates_are_whole_numbers(candidates: list[int], scorer: Scorer, item_rows: ItemRows) -> None:
    with pytest.raises(DataError, match="whole numbers, found type"):
        scorer.score_candidates(REQUEST, item_rows, candidates)


def test_a_missing_column_is_named(scorer: Scorer, item_rows: ItemRows) -> None:
    for column, score in (
        ("age", lambda: scorer.score(TABLE.drop("age"))),
        ("tags", lambda: scorer.item_rows(ITEMS.drop("tags"))),
        ("history", lambda: scorer.score_candidates(REQUEST.drop("history"), item_rows)),
    ):
        with pytest.raises(DataError, match=column):
            score()


WITHOUT_TORCH = """
import sys
from pathlib import Path

for name in ("torch", "lightgbm", "onnx", "onnxscript"):
    sys.modules[name] = None  # importing it raises ImportError

import polars as pl
from taskfusion.serve.scorer import Scorer

folder = Path(sys.argv[2])
scorer = Scorer.load(sys.argv[1])
scorer.score(pl.read_parquet(folder / "table.parquet")).write_parquet(folder / "scores.parquet")
items, request = (pl.read_parquet(folder / name) for name in ("items.parquet", "request.parquet"))
scorer.item_rows(items).save(folder / "items.safetensors")
found = scorer.score_candidates(request, type(scorer.item_rows(items)).load(folder / "items.safetensors"))
found.write_parquet(folder / "candidates.parquet")
"""


def test_scoring_needs_neither_torch_nor_lightgbm(exported: Exported, tmp_path: Path) -> None:
    for name, table in (("table", TABLE), ("items", ITEMS), ("request", REQUEST)):
        table.write_parquet(tmp_path / f"{name}.parquet")
    command = [sys.executable, "-c", WITHOUT_TORCH, str(exported.path), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    close(pl.read_parquet(tmp_path / "scores.parquet"), expected(exported, TABLE))
    pairs = ITEMS.join(REQUEST, how="cross")
    close(pl.read_parquet(tmp_path / "candidates.parquet"), expected(exported, pairs))


def test_a_model_without_features_of_candidates_takes_none(scorer: Scorer, item_rows: ItemRows) -> None:
    with pytest.raises(DataError, match="no features of the role candidate"):
        scorer.score_candidates(REQUEST, item_rows, [0], features=TABLE[:1])
