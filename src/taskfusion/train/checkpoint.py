"""Tensors and metadata in one safetensors file, written atomically; nothing is ever unpickled."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from taskfusion.base.errors import RunError
from taskfusion.base.files import atomic_file


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> None:
    """Write tensors and JSON metadata to one file; an interrupted write leaves the old file as it was.

    Raises:
        StorageError: the file cannot be written.
    """
    contiguous = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    with atomic_file(path, sum(tensor.nbytes for tensor in contiguous.values())) as temporary:
        save_file(contiguous, temporary, metadata={"metadata": json.dumps(metadata)})


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what save_tensors wrote.

    Raises:
        RunError: the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  not a mapping
            metadata = json.loads((file.metadata() or {}).get("metadata", "{}"))
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise RunError(f"'{path}' should be a file of weights, but cannot be read: {error}") from error
    return tensors, metadata


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
