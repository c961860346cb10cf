"""scorer.json names what the graphs of an export take and give, and nothing else passes for it."""

import json
from typing import Any

import onnx
import pytest
from pydantic import ValidationError

from serve.conftest import Exported
from taskfusion.base.record import read_artifact
from taskfusion.serve.bundle_files import SCORER
from taskfusion.serve.interface import CANDIDATES, ITEM, MODEL, REQUEST
from taskfusion.serve.record import GraphInput, ScorerRecord


def _graph(exported: Exported, file: str) -> onnx.GraphProto:
    return onnx.load(str(exported.path / file), load_external_data=False).graph


def _types(inputs: list[GraphInput]) -> dict[str, str]:
    return {one.name: one.type for one in inputs}


NAMES = {onnx.TensorProto.INT32: "int32", onnx.TensorProto.FLOAT: "float32"}


def test_inputs_and_outputs_are_those_of_the_graphs(exported: Exported) -> None:
    record = read_artifact(exported.path / SCORER, ScorerRecord)
    assert record.split is not None
    graphs = {MODEL: record.inputs, REQUEST: record.split.request_inputs, ITEM: record.split.item_inputs}
    for file, inputs in graphs.items():
        found = {one.name: NAMES[one.type.tensor_type.elem_type] for one in _graph(exported, file).input}
        assert _types(inputs) == found, file
        ranks = {one.name: len(one.type.tensor_type.shape.dim) for one in _graph(exported, file).input}
        assert {one.name: len(one.axes) for one in inputs} == ranks
    for file in (MODEL, CANDIDATES):
        assert [one.name for one in _graph(exported, file).output] == [one.name for one in record.outputs]
    columns = [column for one in record.outputs for column in one.columns]
    assert tuple(columns) == exported.experiment.table_schema.prediction_names
    assert record.split.bytes_per_item == 4 * sum(reader.width for reader in record.split.readers)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("inputs", 0, "type"), "int64"),
        (("inputs", 0, "columns"), "user_id"),
        (("inputs", 0, "more"), 1),
        (("split", "readers", 0, "width"), 0),
        (("split", "bytes_per_item"), -4),
        (("opset",), "20"),
        (("outputs",), None),
        (("fingerprint",), 7),
    ],
    ids=str,
)
def test_what_no_export_has_is_refused(exported: Exported, place: tuple[Any, ...], value: object) -> None:
    content = json.loads((exported.path / SCORER).read_text())
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(ValidationError, match=str(place[-1])):
        ScorerRecord.model_validate_json(json.dumps(content))
