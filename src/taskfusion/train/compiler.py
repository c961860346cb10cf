"""torch.compile for the training step."""

from functools import partial

import torch
from torch import Tensor

from taskfusion.base.errors import TaskfusionError
from taskfusion.train.step import Trunk


def torch_compiler(trunk: Trunk, *, device: torch.device) -> Trunk:
    """The same function, compiled at its first call with each number of rows, on CUDA with CUDA graphs.

    An epoch has two sizes of batch, that of the last one and that of all others; each is compiled for itself.

    Returns:
        A function that raises TaskfusionError where compilation is not possible here.
    """
    mode = "reduce-overhead" if device.type == "cuda" else "default"
    return partial(_run, torch.compile(trunk, dynamic=False, mode=mode))


def _run(compiled: Trunk, x: Tensor) -> Tensor:
    from torch._dynamo.exc import BackendCompilerFailed

    try:
        return compiled(x)
    except BackendCompilerFailed as error:
        reason = str(error).strip().splitlines()[0]
        raise TaskfusionError(
            f"training.compile should compile the network, but torch.compile failed: {reason}; "
            f"install a C++ compiler such as g++, or set training.compile to false"
        ) from error
