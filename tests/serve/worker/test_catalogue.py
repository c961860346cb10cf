"""Marks of items are counted as one would count their values."""

from pathlib import Path

import numpy as np
import polars as pl

from serve.serving import ITEMS
from taskfusion.serve.worker.catalogue_file import read_catalogue
from taskfusion.serve.worker.model import Model


def test_missing_and_unseen_values_of_candidates_are_counted(model: Model, tmp_path: Path) -> None:
    tags = [None, "77,78", "1", None, *["1"] * (len(ITEMS) - 4)]
    ids = ["new", *ITEMS["item_id"][1:]]
    table = ITEMS.with_columns(pl.Series("tags", tags), pl.Series("item_id", ids))
    table.write_parquet(tmp_path / "items.parquet")
    found = read_catalogue(tmp_path / "items.parquet", model, None)
    assert found.counts(np.arange(len(ITEMS))) == ({"tags": 2}, {"item_id": 1, "tags": 1})
    assert found.counts(np.asarray([2, 4])) == ({}, {})
    assert found.counts(np.asarray([0, 0, 1])) == ({"tags": 2}, {"item_id": 2, "tags": 1})
