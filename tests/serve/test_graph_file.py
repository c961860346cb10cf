"""Graphs that export does not write are refused before ONNX Runtime sees them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from serve.conftest import Exported
from taskfusion.base.errors import RunError
from taskfusion.serve.graph_file import require_plain_graph

VALUE = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["B"])
RESULT = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["B"])


def _model(*nodes: onnx.NodeProto, weights: tuple[onnx.TensorProto, ...] = (), domain: str = "") -> onnx.ModelProto:
    graph = helper.make_graph(list(nodes), "graph", [VALUE], [RESULT], initializer=list(weights))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(domain, 20)])


def _outside(location: str, offset: object = 0, length: object = 16) -> onnx.TensorProto:
    tensor = numpy_helper.from_array(np.zeros(4, dtype=np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


ADD = helper.make_node("Add", ["x", "w"], ["y"])
COPY = helper.make_node("Identity", ["x"], ["y"])


def _loop() -> onnx.NodeProto:
    inner = helper.make_graph([COPY], "inner", [VALUE], [RESULT])
    return helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)


def _with_function() -> onnx.ModelProto:
    model = _model(COPY)
    model.functions.append(helper.make_function("", "F", ["x"], ["y"], [COPY], [helper.make_opsetid("", 20)]))
    return model


def _without_length() -> onnx.ModelProto:
    tensor = _outside("weights.bin")
    del tensor.external_data[2]
    return _model(ADD, weights=(tensor,))


def _constant() -> onnx.ModelProto:
    return _model(helper.make_node("Constant", [], ["w"], value=_outside("/etc/passwd")), ADD)


MALICIOUS: dict[str, tuple[Callable[[], onnx.ModelProto], str]] = {
    "another file": (lambda: _model(ADD, weights=(_outside("../../secret"),)), r"'\.\./\.\./secret'"),
    "an absolute file": (lambda: _model(ADD, weights=(_outside("/etc/passwd"),)), "'/etc/passwd'"),
    "in a constant": (_constant, "'/etc/passwd'"),
    "beyond the end": (lambda: _model(ADD, weights=(_outside("weights.bin", 49),)), "beyond the end"),
    "a negative place": (lambda: _model(ADD, weights=(_outside("weights.bin", -8),)), "beyond the end"),
    "a huge place": (lambda: _model(ADD, weights=(_outside("weights.bin", "9" * 40),)), "beyond the end"),
    "without a length": (_without_length, "without one place"),
    "operators of others": (lambda: _model(COPY, domain="com.evil"), r"'com\.evil'"),
    "one operator of others": (lambda: _model(helper.make_node("Run", ["x"], ["y"], domain="evil")), "'evil'"),
    "a graph inside": (lambda: _model(_loop()), "graph inside"),
    "functions": (_with_function, "functions"),
}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(bytes(64))
    return path


@pytest.mark.parametrize(("make", "words"), MALICIOUS.values(), ids=list(MALICIOUS))
def test_what_export_never_writes_is_refused(
    make: Callable[[], onnx.ModelProto], words: str, tmp_path: Path, weights: Path
) -> None:
    (tmp_path / "model.onnx").write_bytes(make().SerializeToString())
    with pytest.raises(RunError, match=rf"model\.onnx.*{words}"):
        require_plain_graph(tmp_path / "model.onnx", weights)


def test_weights_beside_it_are_fine(tmp_path: Path, weights: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(_model(ADD, weights=(_outside("weights.bin", 48),)).SerializeToString())
    require_plain_graph(tmp_path / "model.onnx", weights)
    weights.unlink()
    with pytest.raises(RunError, match="beyond the end"):
        require_plain_graph(tmp_path / "model.onnx", weights)


def test_graphs_of_an_export_are_plain(exported: Exported) -> None:
    for path in exported.path.glob("*.onnx"):
        require_plain_graph(path, exported.path / "weights.bin")


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"\x3a\xff\xff\x7f", b"\x0b", b"\x00\x01", b"not a graph"])
def test_other_bytes_are_refused_by_name(content: bytes, tmp_path: Path, weights: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(RunError, match=r"model\.onnx"):
        require_plain_graph(tmp_path / "model.onnx", weights)
