"""What training needs of memory, told before it is tried, and named where it runs out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

from taskfusion.assemble.network import count_parameters
from taskfusion.assemble.training import ACCUMULATORS
from taskfusion.base.errors import ExperimentError
from taskfusion.base.memory import free_memory, gibibytes
from taskfusion.config.inputs import EmbeddingConfig
from taskfusion.model.multitask import MultiTaskModel

DENSE_COPIES: Final = 4
"""Of a weight: itself, its gradient and the two moments of Adam."""

_ADVICE: Final = (
    "lower training.batch_size, embedding.dim or the widths of the network, raise min_count or set hash_buckets of "
    "features with many values, set embedding.update to rowwise-adagrad, or lower training.memory_gib"
)


def table_weights(model: MultiTaskModel) -> int:
    """Weights of all embedding tables, all their copies."""
    return sum(weight.numel() for weight, _ in model.inputs.table_parameters())


def model_bytes(model: MultiTaskModel, embedding: EmbeddingConfig) -> int:
    """Memory of weights, gradients and optimizer while training, without activations; the model may be on meta."""
    total = count_parameters(model)["total"]
    if embedding.update == "dense":
        return 4 * DENSE_COPIES * total
    in_row = ACCUMULATORS[embedding.update]
    accumulators = sum(table.shape[0] * in_row(table, copies) for table, copies in model.inputs.table_parameters())
    tables = table_weights(model)
    return 4 * (DENSE_COPIES * (total - tables) + tables + accumulators)


def need_in_words(model: MultiTaskModel, embedding: EmbeddingConfig, row_bytes: int) -> str:
    """What training needs, as a part of a sentence.

    Args:
        model: may be on the meta device.
        embedding: section of the experiment.
        row_bytes: of encoded rows that are held in memory, beside the model.
    """
    needed = model_bytes(model, embedding)
    rows = f", and {gibibytes(row_bytes)} for encoded rows" if row_bytes > 2**26 else ""
    return (
        f"{gibibytes(needed + row_bytes)}: {gibibytes(needed)} for weights, gradients and optimizer of "
        f"{count_parameters(model)['total']:,} parameters, {table_weights(model):,} of them in embedding tables{rows}"
    )


def require_memory(model: MultiTaskModel, embedding: EmbeddingConfig, device: str, row_bytes: int = 0) -> None:
    """Training has the memory that it surely needs, as far as the system says what there is.

    Args:
        model: may be on the meta device.
        embedding: section of the experiment.
        device: where the model is trained, "cpu" or "cuda"; encoded rows are beside it on the CPU alone.
        row_bytes: of encoded rows that are still to be held in memory.

    Raises:
        ExperimentError: there is less.
    """
    free, row_bytes = (free_memory(), row_bytes) if device == "cpu" else (_free_on_device(), 0)
    if free is not None and model_bytes(model, embedding) + row_bytes > free:
        raise ExperimentError(
            f"training needs about {need_in_words(model, embedding, row_bytes)}; {gibibytes(free)} are free; {_ADVICE}"
        )


@contextmanager
def out_of_memory_named(model: MultiTaskModel, embedding: EmbeddingConfig) -> Iterator[None]:
    """Turns the errors of memory that ran out into an ExperimentError that names the need."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        raise ExperimentError(
            f"training ran out of memory; it needs, beside the numbers of its layers for one batch, about "
            f"{need_in_words(model, embedding, 0)}; {_ADVICE}"
        ) from error


def _free_on_device() -> int | None:
    try:
        return int(torch.cuda.mem_get_info()[0])
    except (RuntimeError, AssertionError):  # no device, or no CUDA in this build of torch
        return None


def _is_out_of_memory(error: BaseException) -> bool:
    """torch has a type for it on devices alone."""
    is_told = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return is_told or "can't allocate memory" in str(error) or "not enough memory" in str(error)
