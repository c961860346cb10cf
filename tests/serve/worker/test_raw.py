"""Rows of raw values are encoded as the same rows of a table."""

from typing import Any

import numpy as np
import pytest

from serve.conftest import Exported
from serve.serving import TABLE
from taskfusion.base.errors import DataError
from taskfusion.serve.worker.model import Model


def test_rows_are_encoded_as_a_table_is(model: Model, exported: Exported) -> None:
    names = {feature.name for feature in exported.experiment.features}
    encoded = model.raw.rows(TABLE.rows(named=True), names, "a row")
    for mine, theirs in zip(encoded.arrays(), exported.encoder.encode(TABLE).arrays(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_other_features_are_missing_values(model: Model) -> None:
    encoded = model.raw.rows([{"item_id": "v1", "tags": "1"}], model.features["item"], "a row")
    assert encoded.ids_BF.tolist() == [[0, encoded.ids_BF[0, 1]]]
    assert encoded.ids_BF[0, 1] > 1


def test_a_value_that_is_left_out_is_named(model: Model) -> None:
    with pytest.raises(DataError, match=r"'item_id', which a candidate lacks; did you mean 'itemid'"):
        model.raw.rows([{"itemid": 3, "tags": None}], model.features["item"], "a candidate")


@pytest.mark.parametrize("value", [3, True, {"a": 1}, [1], [[1]], ["v1"]])
def test_values_of_another_type_are_refused_by_the_feature(value: Any, model: Model) -> None:
    with pytest.raises(DataError, match="item_id"):
        model.raw.rows([{"item_id": value, "tags": None}], model.features["item"], "a candidate")


def test_columns_are_those_of_some_features(model: Model) -> None:
    assert model.raw.columns({"tags", "item_id"}) == {"item_id": "item_id", "tags": "tags"}
