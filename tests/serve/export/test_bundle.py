"""The directory that export makes."""

import json
import sys
from pathlib import Path

import pytest

from serve.conftest import Exported
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.schema.schema import Schema
from taskfusion.serve.export.bundle import export_model


def test_it_holds_what_it_says(exported: Exported) -> None:
    names = {
        "manifest.json",
        "scorer.json",
        "schema.json",
        "encoder",
        "model.onnx",
        "request.onnx",
        "item.onnx",
        "candidates.onnx",
    }
    assert {path.name for path in exported.path.iterdir()} == names
    assert exported.export.difference < 1e-5
    assert exported.export.not_split is None
    assert exported.export.num_bytes == sum(p.stat().st_size for p in exported.path.rglob("*") if p.is_file())
    manifest = json.loads((exported.path / "scorer.json").read_text())
    schema = Schema.model_validate_json((exported.path / "schema.json").read_text())
    assert schema == exported.experiment.table_schema
    assert [output["name"] for output in manifest["outputs"]] == list(schema.task_names)
    experts, units = 2 * 3 + 1, 3 + 1  # two per task, and the shared unit with one
    widths = {"experts 1": experts * 300, "gate 1": units * experts}
    assert manifest["split"]["readers"] == [{"name": n, "width": w} for n, w in widths.items()]
    assert exported.export.bytes_per_item == 4 * sum(widths.values())


def test_an_existing_directory_is_refused(exported: Exported) -> None:
    with pytest.raises(RunError, match="exists already"):
        export_model(exported.model, exported.encoder, exported.experiment.table_schema, exported.path)


def test_nothing_is_left_where_a_package_is_missing(
    exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ExperimentError, match="needs the package onnxscript"):
        export_model(exported.model, exported.encoder, exported.experiment.table_schema, tmp_path / "out")
    assert not list(tmp_path.iterdir())
