"""Graphs as ONNX files; needs the extra "export"."""

import contextlib
import hashlib
import io
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from taskfusion.base.extra import load_extra
from taskfusion.serve.bundle_files import WEIGHTS

OPSET = 20
SHARED_BYTES = 1 << 20
"""Weights of at least this size stand in weights.bin, once for all graphs of a directory."""

_ALIGNMENT = 1 << 16  # so that every system can map a weight into memory


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
