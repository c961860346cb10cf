"""Large batches on a CPU, some rows at a time.

Rows do not touch each other, so the result is that of the whole batch. What a layer makes of a large batch does not fit
into the cache, and glibc takes blocks above 32 MiB from the system and gives them back each time, so that such a step
spends its time in page faults.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

BLOCK_BYTES = 24 * 2**20


def run_by_rows(run: Callable[[Tensor], Tensor], x: Tensor, row_dim: int) -> Tensor:
    """run(x), on a CPU in pieces whose largest blocks stay below BLOCK_BYTES.

    Args:
        run: maps rows to rows.
        x: [B, ...].
        row_dim: numbers per row in the largest block that run makes.
    """
    if x.device.type != "cpu" or torch.compiler.is_compiling():
        return run(x)
    num_pieces = math.ceil(len(x) * row_dim * x.element_size() / BLOCK_BYTES)
    if num_pieces <= 1:
        return run(x)
    return torch.cat([run(rows) for rows in x.split(math.ceil(len(x) / num_pieces))])
