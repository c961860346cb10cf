"""What ONNX Runtime needs."""

from pathlib import Path

import pytest

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.serve.session import Session, load_extra


def test_a_damaged_graph_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"x")
    with pytest.raises(RunError, match=r"model\.onnx"):
        Session(tmp_path / "model.onnx")


def test_a_missing_package_names_the_extra() -> None:
    with pytest.raises(ExperimentError, match=r"no_such_package.*taskfusion\[export\]"):
        load_extra("no_such_package")
