"""What is kept of each item is what a bundle's graphs read of it."""

import numpy as np
import polars as pl
import pytest

from serve.catalogue.catalogues import form_of
from serve.conftest import Exported
from serve.serving import ITEMS
from taskfusion.base.errors import DataError
from taskfusion.data.rows import UNSEEN
from taskfusion.schema.schema import Schema
from taskfusion.serve.catalogue.form import IDS, MARKS, NUMBERS, first_id


def test_rows_come_back_as_they_were_encoded(exported: Exported) -> None:
    form = form_of(exported.path)
    absent = {feature.source for feature in exported.experiment.features} - set(form.columns)
    table = ITEMS.with_columns(tags=pl.lit("77")).with_columns(pl.lit(None).alias(name) for name in absent)
    rows = exported.encoder.encode(table)
    arrays = form.values(rows, np.zeros((len(ITEMS), len(form.columns)), dtype=bool))
    found = form.rows(arrays)
    for mine, theirs in zip(found.arrays(), rows.arrays(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    for name, (kind, width) in form.arrays.items():
        if name in arrays:
            assert (str(arrays[name].dtype), arrays[name].shape) == (kind, (len(ITEMS), width))
    assert {IDS, NUMBERS, MARKS, "list:tags"} == set(arrays)
    assert (list(form.columns), form.unseen) == (["item_id", "tags"], ("item_id", "tags"))
    assert arrays[MARKS].tolist() == [[0, 0, row[0] == UNSEEN, 1] for row in rows.ids_BF[:, list(form.inputs.ids)]]


def test_without_an_id_among_features_it_has_to_be_said() -> None:
    schema = Schema.model_validate(
        {"features": [{"name": "x", "kind": "numeric", "role": "item"}], "tasks": [{"name": "t", "kind": "binary"}]}
    )
    with pytest.raises(DataError, match="--item-id"):
        first_id(schema)
