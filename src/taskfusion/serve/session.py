"""ONNX Runtime, which runs the graphs of an exported model; needs the extra "export"."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from taskfusion.base.boundary import reading, unreadable
from taskfusion.base.extra import load_extra
from taskfusion.serve.graph_file import AGAIN
from taskfusion.serve.interface import Interface, Port

Array = npt.NDArray[Any]


class Session:
    """A graph loaded by ONNX Runtime on the CPU.

    Args:
        path: the file.
        threads: CPU threads; idle ones sleep.
        again: what to do where it is damaged.

    Raises:
        RunError: the file cannot be read.
    """

    def __init__(self, path: Path, threads: int = 1, again: str = AGAIN) -> None:
        self._path, self._again = path, again
        runtime = load_extra("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        with reading(path, "a graph for ONNX Runtime", again):
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.inputs = [one.name for one in self._session.get_inputs()]
        self.outputs = [output.name for output in self._session.get_outputs()]

    @property
    def interface(self) -> Interface:
        """What it takes and gives, as the graph says."""
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        return Interface({one.name: _port(one) for one in inputs}, {one.name: _port(one) for one in outputs})

    def run(self, feed: Mapping[str, Array]) -> list[Array]:
        """The outputs, in order, of inputs by name.

        Raises:
            RunError: the graph cannot be computed, which that of an export always can.
        """
        try:
            found: list[Array] = self._session.run(None, dict(feed))
        except Exception as error:
            raise unreadable(self._path, "a graph that computes", str(error), self._again) from error
        return found


def _port(end: Any) -> Port:  # noqa: ANN401  a NodeArg of ONNX Runtime
    return Port(end.type, tuple(axis if isinstance(axis, int) else None for axis in end.shape or ()))
