"""Graphs as ONNX files, and ONNX Runtime to run them. Both need the extra "export"."""

import contextlib
import hashlib
import importlib
import io
import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import nn

from taskfusion.base.errors import ExperimentError, RunError

OPSET = 20
WEIGHTS = "weights.bin"
SHARED_BYTES = 1 << 20
"""Weights of at least this size stand in weights.bin, once for all graphs of a directory."""

_ALIGNMENT = 1 << 16  # so that every system can map a weight into memory

Array = npt.NDArray[Any]


def load_extra(name: str) -> Any:  # noqa: ANN401  a module
    """Import a package of the extra "export".

    Raises:
        ExperimentError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ExperimentError(
            f"export and scoring need the package {name}, which is not installed; run: pip install 'taskfusion[export]'"
        ) from error


@dataclass
class GraphWriter:
    """Writes graphs into a directory, large weights that they have in common once.

    Attributes:
        directory: where.
    """

    directory: Path
    _places: dict[bytes, int] = field(default_factory=dict)

    def write(
        self,
        name: str,
        module: nn.Module,
        arguments: tuple[Any, ...],
        *,
        dynamic: tuple[Any, ...],
        inputs: Sequence[str],
        outputs: Sequence[str],
    ) -> None:
        """Export one module.

        Args:
            name: of the file.
            module: in evaluation mode.
            arguments: an example of what it takes.
            dynamic: per argument, the axes whose length varies, as torch.export wants them.
            inputs: names of the inputs, flat.
            outputs: names of the outputs, flat.
        """
        load_extra("onnx"), load_extra("onnxscript")
        with _quiet(), torch.no_grad():
            program: Any = torch.onnx.export(
                module,
                arguments,
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_shapes=dynamic,
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
        _forget_origin(program.model)
        self._move_weights(program.model)
        load_extra("onnx_ir").save(program.model, self.directory / name)

    def _move_weights(self, model: Any) -> None:  # noqa: ANN401  an onnx_ir.Model
        ir = load_extra("onnx_ir")
        for value in model.graph.initializers.values():
            tensor = value.const_value
            if tensor.nbytes >= SHARED_BYTES:
                place = self._place(tensor.tobytes())
                value.const_value = ir.ExternalTensor(
                    WEIGHTS, place, tensor.nbytes, tensor.dtype, shape=tensor.shape, name=value.name,
                    base_dir=str(self.directory),
                )  # fmt: skip

    def _place(self, content: bytes) -> int:
        """Where the content stands in weights.bin."""
        digest = hashlib.sha256(content).digest()
        if digest not in self._places:
            with (self.directory / WEIGHTS).open("ab") as file:
                file.seek(0, os.SEEK_END)
                file.write(b"\0" * (-file.tell() % _ALIGNMENT))
                self._places[digest] = file.tell()
                file.write(content)
        return self._places[digest]


def _forget_origin(model: Any) -> None:  # noqa: ANN401  an onnx_ir.Model
    """Drop what the exporter notes of this machine's source files."""
    model.metadata_props.clear()
    model.graph.metadata_props.clear()
    for node in model.graph:
        node.metadata_props.clear()
        for value in node.outputs:
            value.metadata_props.clear()
    for value in (*model.graph.inputs, *model.graph.initializers.values()):
        value.metadata_props.clear()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter's progress and its remarks on its own insides are not for users."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


class Session:
    """A graph loaded by ONNX Runtime on the CPU.

    Args:
        path: the file.
        threads: CPU threads; idle ones sleep.

    Raises:
        RunError: the file cannot be read.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        runtime = load_extra("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime has no public base class of its errors
            reason = str(error).splitlines()[0]
            raise RunError(f"'{path}' cannot be loaded by ONNX Runtime ({reason}); export the model again") from error
        self.outputs = [output.name for output in self._session.get_outputs()]

    def run(self, feed: Mapping[str, Array]) -> list[Array]:
        """The outputs, in order, of inputs by name."""
        found: list[Array] = self._session.run(None, dict(feed))
        return found
