"""Graphs as files."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from taskfusion.serve.bundle_files import WEIGHTS
from taskfusion.serve.export.writer import OPSET, SHARED_BYTES, GraphWriter
from taskfusion.serve.session import Session


class _Two(nn.Module):
    def __init__(self, first: Tensor, second: Tensor) -> None:
        super().__init__()
        self.first, self.second = nn.Parameter(first), nn.Parameter(second)

    def forward(self, x_BD: Tensor) -> Tensor:
        return x_BD @ self.first + x_BD @ self.second


def test_graphs_hold_large_weights_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    side = int((SHARED_BYTES / 4) ** 0.5)
    one, two, three = (torch.randn(side, side) for _ in range(3))
    writer, x_BD = GraphWriter(tmp_path), torch.randn(3, side)
    for name, module in (("a.onnx", _Two(one, two)), ("b.onnx", _Two(two, three))):
        dynamic = ({0: torch.export.Dim("B")},)
        writer.write(name, module, (x_BD,), dynamic=dynamic, inputs=["x"], outputs=["y"])
        for rows in (1, 3):
            (found,) = Session(tmp_path / name).run({"x": x_BD[:rows].numpy()})
            np.testing.assert_allclose(found, module(x_BD[:rows]).detach().numpy(), rtol=1e-4, atol=1e-3)
        graph = onnx.load(tmp_path / name, load_external_data=False)
        assert [opset.version for opset in graph.opset_import if not opset.domain] == [OPSET]
        assert str(Path(__file__).parent) not in str(graph)
    assert (tmp_path / WEIGHTS).stat().st_size == 3 * SHARED_BYTES
    assert capfd.readouterr() == ("", "")
