"""Inferences of the Open Inference Protocol give what a table's rows are scored as."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from serve.serving import TABLE
from taskfusion.base.errors import DataError
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.worker.counts import Counts
from taskfusion.serve.worker.inference import Inference
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.refusal import RefusedError

ROWS = TABLE[:4].with_columns(age=TABLE["age"][:4].fill_null(3.0))
KINDS = {"user_id": "INT64", "item_id": "BYTES", "age": "FP64", "tags": "BYTES"}


@pytest.fixture(scope="module")
def inference(model: Model) -> Inference:
    names = model.prediction_names
    return Inference(model, "ranker", 10, Counts(names, [True] * len(names), {}))


def inputs(**changed: Any) -> list[dict[str, Any]]:
    plain = [
        {"name": name, "shape": [4], "datatype": kind, "data": ROWS[name].to_list()} for name, kind in KINDS.items()
    ]
    history = {"name": "history", "shape": [4, 2], "datatype": "BYTES", "data": ["v1", "v2"] * 4}
    return [{**one, **changed.get(str(one["name"]), {})} for one in [*plain, history]]


def asked(inference: Inference, **content: Any) -> dict[str, Any]:
    body, length = inference.answer(json.dumps({"inputs": inputs(), **content}).encode(), 0)
    found: dict[str, Any] = json.loads(body[: length or None])
    return found


def test_rows_are_scored_as_a_table(inference: Inference, scorer: Scorer) -> None:
    found = asked(inference, id="7")
    table = scorer.score(ROWS.with_columns(history=pl.Series([["v1", "v2"]] * 4)))
    assert (found["model_name"], found["id"]) == ("ranker", "7")
    values = [np.reshape(one["data"], one["shape"]) for one in found["outputs"]]
    assert [one["shape"] for one in found["outputs"]] == [[4, 1], [4, 1], [4, 3]]
    np.testing.assert_allclose(np.concatenate(values, axis=1), table.to_numpy(), rtol=1e-5, atol=1e-6)


def test_a_list_may_have_one_value(inference: Inference, scorer: Scorer) -> None:
    """It has a width of 1, which of other columns is a scalar."""
    found = asked(inference, inputs=inputs(history={"shape": [4, 1], "data": ["v1"] * 4}))
    table = scorer.score(ROWS.with_columns(history=pl.Series([["v1"]] * 4)))
    np.testing.assert_allclose(found["outputs"][0]["data"], table["click"].to_numpy(), rtol=1e-5, atol=1e-6)


def test_outputs_are_those_that_are_asked_for(inference: Inference) -> None:
    found = asked(inference, outputs=[{"name": "reaction"}])
    assert [one["name"] for one in found["outputs"]] == ["reaction"]
    mixed = [{"name": "click", "parameters": {"binary_data": False}}, {"name": "seconds"}]
    found = asked(inference, outputs=mixed, parameters={"binary_data_output": True})
    assert ["data" in one for one in found["outputs"]] == [True, False]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"outputs": [{"name": "clicks"}]}, "an output should be one of click"),
        ({"outputs": [{}]}, "an output should be one of click"),
        ({"outputs": 3}, "'outputs' should be a list"),
        ({"parameters": {"binary_data_output": 1}}, "should be true or false"),
        ({"inputs": inputs(age={"shape": [3], "data": [1.0] * 3})}, "as many rows, found 'user_id' 4"),
        ({"inputs": [{"name": "age", "shape": [0], "datatype": "FP64", "data": []}]}, "1 to 10 rows, found 0"),
    ],
)
def test_other_documents_are_refused(content: dict[str, Any], message: str, inference: Inference) -> None:
    with pytest.raises(RefusedError, match=message):
        asked(inference, **content)


def test_an_input_that_is_left_out_is_named(inference: Inference) -> None:
    with pytest.raises(DataError, match="'age', which the body lacks"):
        asked(inference, inputs=inputs()[:2])


def test_a_body_shorter_than_its_json_is_refused(inference: Inference) -> None:
    with pytest.raises(RefusedError, match="9 bytes of JSON, found 2"):
        inference.answer(b"{}", 9)
