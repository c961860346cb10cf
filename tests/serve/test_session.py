"""What ONNX Runtime needs."""

from pathlib import Path

import pytest

from taskfusion.base.errors import RunError
from taskfusion.serve.session import Session


def test_a_damaged_graph_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"x")
    with pytest.raises(RunError, match=r"model\.onnx"):
        Session(tmp_path / "model.onnx")
