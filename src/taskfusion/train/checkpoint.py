"""Tensors and metadata in one safetensors file, written atomically; nothing is ever unpickled."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from taskfusion.base.boundary import reading, unreadable
from taskfusion.base.checksum import CHECKSUM, checksum
from taskfusion.base.errors import RunError
from taskfusion.base.files import atomic_file

RUN: Final = "run"
"""Key, in the metadata, of the SHA-256 of the files that a run consists of beside its weights, by name."""

_METADATA: Final = "metadata"
_ABOUT: Final = "about"  # the only key of the file's own metadata, since safetensors writes several in any order
_EXPECTED: Final = "a file of weights"


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> None:
    """Write tensors and JSON metadata to one file; an interrupted write leaves the old file as it was.

    Raises:
        StorageError: the file cannot be written.
    """
    contiguous = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    text = json.dumps(metadata)
    with atomic_file(path, sum(tensor.nbytes for tensor in contiguous.values())) as temporary:
        save_file(contiguous, temporary, metadata={_ABOUT: _about(contiguous, text)})


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what save_tensors wrote.

    Raises:
        RunError: the file is missing or damaged, or was changed.
    """
    with reading(path, _EXPECTED), safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  not a mapping
        found = json.loads(file.metadata()[_ABOUT])
        if found[CHECKSUM] != _checksum(tensors, found[_METADATA]):
            raise unreadable(path, _EXPECTED, "its content was changed after it was written")
        metadata: dict[str, Any] = json.loads(found[_METADATA])
    return tensors, metadata


def _about(tensors: Mapping[str, Tensor], metadata: str) -> str:
    return json.dumps({_METADATA: metadata, CHECKSUM: _checksum(tensors, metadata)})


def _checksum(tensors: Mapping[str, Tensor], metadata: str) -> str:
    parts = ((f"{key} {value.dtype} {tuple(value.shape)}", _bytes(value)) for key, value in tensors.items())
    return checksum([*parts, (_METADATA, metadata.encode())])


def _bytes(tensor: Tensor) -> npt.NDArray[np.uint8]:
    return tensor.reshape(-1).view(torch.uint8).numpy()


def optimizer_tensors(optimizers: Sequence[Optimizer]) -> dict[str, Tensor]:
    """The state of optimizers as named tensors: optimizer.<which>.<parameter>.<name>."""
    return {
        f"optimizer.{which}.{parameter}.{name}": value
        for which, optimizer in enumerate(optimizers)
        for parameter, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
    }


def load_optimizer_tensors(optimizers: Sequence[Optimizer], tensors: Mapping[str, Tensor]) -> None:
    """Put back what optimizer_tensors gave; settings such as the step size stay as they are."""
    for which, optimizer in enumerate(optimizers):
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            _, owner, parameter, name = key.split(".", 3)
            if int(owner) == which:
                state.setdefault(int(parameter), {})[name] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def load_model_tensors(model: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Put weights into a model.

    Raises:
        RunError: they are those of another model.
    """
    try:
        model.load_state_dict(dict(tensors))
    except RuntimeError as error:
        raise RunError(f"the weights in '{path}' are not those of this experiment: {error}") from error


def require_same_run(path: Path, metadata: Mapping[str, Any], belongs_to: Mapping[str, str]) -> None:
    """Raises RunError where weights were written by a run with other files; the message names one.

    Args:
        path: of the weights.
        metadata: of the file, with the key RUN.
        belongs_to: by name the SHA-256 of the run's files.
    """
    written: Mapping[str, str] = metadata[RUN]
    other = [name for name in sorted(written.keys() | belongs_to.keys()) if written.get(name) != belongs_to.get(name)]
    if other:
        raise RunError(
            f"the weights in '{path}' do not belong to the {other[0]} beside them: a file was changed, or comes from "
            f"another run; copy the whole directory again, or train again"
        )
