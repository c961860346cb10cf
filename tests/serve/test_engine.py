"""What an exported model's directory must hold."""

from pathlib import Path

import numpy as np
import pytest

from serve.conftest import Exported
from support import log_table
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.manifest import seal
from taskfusion.base.record import write_artifact
from taskfusion.serve.engine import GRAPH_ROWS, Engine
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.record import ScorerRecord

RECORD = ScorerRecord(
    opset=20, fingerprint="f", inputs=[], outputs=[], has_trees=False, split=None, not_split="no items here"
)


@pytest.mark.parametrize("files", [(), ("scorer.json",), ("manifest.json",)])
def test_a_directory_of_something_else_is_named(files: tuple[str, ...], tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).write_text("x")
    with pytest.raises(RunError, match=r"made by taskfusion export"):
        Engine.load(tmp_path)


@pytest.mark.parametrize("name", ["scorer.json", "manifest.json"])
def test_another_format_is_named(name: str, tmp_path: Path) -> None:
    for file, content in {"scorer.json": RECORD.model_dump_json(), "manifest.json": "{}"}.items():
        (tmp_path / file).write_text(content)
    (tmp_path / name).write_text('{"format": 99}')
    if name == "scorer.json":
        seal(tmp_path, [tmp_path / name])
    with pytest.raises(RunError, match=rf"{name}.*found 99"):
        Engine.load(tmp_path)


def test_graphs_of_another_export_are_named(tmp_path: Path) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        path.mkdir()
        write_artifact(path / "scorer.json", RECORD)
        (path / "model.onnx").write_bytes(b"\x12\x01" + path.name.encode())  # the name of its producer
        seal(path, path.iterdir())
        Engine.load(path)
    (paths[0] / "model.onnx").write_bytes((paths[1] / "model.onnx").read_bytes())
    with pytest.raises(RunError, match=r"a/model\.onnx"):
        Engine.load(paths[0])


def test_a_model_that_is_not_split_says_why(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="no items here"):
        Engine(tmp_path, RECORD).item_share({})


@pytest.mark.parametrize("rows", [1, GRAPH_ROWS, GRAPH_ROWS + 1, 3 * GRAPH_ROWS - 1])
def test_many_rows_give_what_each_gives_alone(rows: int, exported: Exported) -> None:
    engine = Engine.load(exported.path)
    encoded = exported.encoder.encode(log_table(rows, seed=4))
    feed = GraphInputs.of(exported.encoder.layout, {feature.name for feature in exported.encoder.features}).feed(
        encoded
    )
    whole = engine.predict(feed)
    for row in {0, rows // 2, rows - 1}:
        alone = engine.predict({name: part[row : row + 1] for name, part in feed.items()})
        for one, other in zip(alone, whole, strict=True):
            assert len(other) == rows
            np.testing.assert_allclose(one[0], other[row], rtol=1e-5, atol=1e-6)
