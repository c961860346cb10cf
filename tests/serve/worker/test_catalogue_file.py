"""The items that candidates are named of: a catalogue, or a table."""

import subprocess
import sys
from pathlib import Path
from time import time

import numpy as np
import polars as pl
import pytest

from serve.catalogue.catalogues import write
from serve.conftest import Exported
from serve.serving import ITEMS, REQUEST, TABLE
from taskfusion.base.errors import DataError
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.worker.candidates import CandidateReader
from taskfusion.serve.worker.catalogue import Catalogue
from taskfusion.serve.worker.catalogue_file import read_catalogue
from taskfusion.serve.worker.model import Model


def load(table: pl.DataFrame, folder: Path, model: Model, column: str | None = None) -> Catalogue:
    table.write_parquet(folder / "items.parquet")
    return read_catalogue(folder / "items.parquet", model, column)


def test_items_are_found_by_the_id_of_the_model(model: Model, tmp_path: Path) -> None:
    table = ITEMS.with_columns(tags=pl.when(pl.col("item_id") == ITEMS["item_id"][2]).then(None).otherwise("tags"))
    found = load(table, tmp_path, model)
    assert (found.column, len(found.items)) == ("item_id", len(ITEMS))
    assert found.ids.rows(ITEMS["item_id"].to_list()).tolist() == list(range(len(ITEMS)))
    assert found.marks_IM[:, found.missing.index("tags")].sum() == table["tags"].null_count() > 0


def test_items_may_have_ids_of_another_column(model: Model, tmp_path: Path) -> None:
    found = load(ITEMS.with_row_index("number"), tmp_path, model, "number")
    assert found.ids.rows([0, len(ITEMS) - 1, "0"]).tolist() == [0, len(ITEMS) - 1, -1]


def test_a_catalogue_scores_as_raw_values_and_as_a_table_do(exported: Exported, model: Model, tmp_path: Path) -> None:
    write(exported.path, ITEMS, tmp_path / "out")
    first = time()
    stored, table = read_catalogue(tmp_path / "out", model, None), load(ITEMS, tmp_path, model)
    assert stored.begun == pytest.approx(first, abs=30)
    assert table.begun is None
    request = model.raw.rows([REQUEST], model.features["request"], "request")
    scores = []
    ids: list[object] = ITEMS["item_id"].to_list()
    for catalogue, given in ((stored, ids), (table, ids), (None, ITEMS.rows(named=True))):
        found = CandidateReader(model, catalogue).read(given)
        scores.append((model.score(request, found.items, found.row_B, found.own), found.missing, found.unseen))
    for score_BC, missing, unseen in scores[1:]:
        np.testing.assert_allclose(score_BC, scores[0][0], rtol=1e-6, atol=1e-7)
        assert (missing, unseen) == scores[0][1:]


def test_items_of_a_model_that_is_not_split_are_read_as_well(
    exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer, whole = Scorer.load(exported.path), Model.load(exported.path)
    record = scorer.engine.record
    told = type(record)(**{**dict(record), "split": None, "not_split": "told so"})
    scorer.engine.record = whole.engine.record = told
    whole.is_split = False
    monkeypatch.setattr(Scorer, "load", lambda path: scorer)
    written = write(exported.path, ITEMS, tmp_path / "out")
    assert not [one for one in written.file.arrays if one.name.startswith("share:")]
    request = whole.raw.rows([REQUEST], whole.features["request"], "request")
    table = ITEMS.join(TABLE[:1].drop("item_id", "tags"), how="cross")
    for catalogue in (read_catalogue(tmp_path / "out", whole, None), load(ITEMS, tmp_path, whole)):
        found = CandidateReader(whole, catalogue).read(ITEMS["item_id"].to_list())
        score_BC = whole.score(request, found.items, found.row_B, found.own)
        np.testing.assert_allclose(score_BC, scorer.score(table).to_numpy(), rtol=1e-5, atol=1e-6)


def test_a_catalogue_by_another_column_is_refused(exported: Exported, model: Model, tmp_path: Path) -> None:
    write(exported.path, ITEMS, tmp_path / "out")
    assert read_catalogue(tmp_path / "out", model, "item_id").column == "item_id"
    with pytest.raises(DataError, match="by 'item_id', not by 'tags'; leave --item-id out"):
        read_catalogue(tmp_path / "out", model, "tags")


def test_a_process_with_a_catalogue_needs_no_polars(exported: Exported, tmp_path: Path) -> None:
    write(exported.path, ITEMS, tmp_path / "out")
    program = f"""
import sys
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.settings import WorkerSettings
found = Answerer(WorkerSettings(bundle={str(exported.path)!r}, items={str(tmp_path / "out")!r})).started
print(found.items, sorted({{"polars", "pyarrow", "torch"}} & set(sys.modules)))
"""
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ended.stdout.strip() == f"{len(ITEMS)} []"
