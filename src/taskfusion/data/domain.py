"""Which rows are of the domain that a model is meant for, and by how much the others count.

Axes: B rows, S rows of the source.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import torch

from taskfusion.data.condition import Mask, matching_rows
from taskfusion.data.dataset import MemoryDataset
from taskfusion.data.expression import root_columns
from taskfusion.data.table import read_blocks

Weights = npt.NDArray[np.floating[Any]]

WHAT: Final = "target of domain"
"""What error messages call the condition."""


def condition_columns(frame: pl.LazyFrame, condition: str) -> list[str]:
    """Columns that the condition reads.

    Raises:
        ExperimentError: it is no SQL expression of one row.
        DataError: a column is missing.
    """
    return root_columns(condition, frame.collect_schema().names(), WHAT)


def target_rows(frame: pl.LazyFrame, condition: str, origin: str) -> Mask:
    """Rows [B] that satisfy the condition; where it is null, they do not.

    Args:
        frame: the table.
        condition: an SQL expression of one row.
        origin: what error messages call the table.

    Raises:
        ExperimentError: it is no SQL expression of one row.
        DataError: a column is missing, or the condition is not true or false.
    """
    columns = condition_columns(frame, condition) or frame.collect_schema().names()[:1]
    parts = []
    for block in read_blocks(frame.select(columns), origin):
        parts.append(matching_rows(block, condition, WHAT))
    return np.concatenate(parts) if parts else np.zeros(0, bool)


def importance_weights(ratio_S: Weights, clip: float) -> Weights:
    """Density ratios of the source's rows as weights with mean 1, the largest cut to a quantile of them.

    Args:
        ratio_S: target over source, > 0.
        clip: the quantile, 0..1.
    """
    if not len(ratio_S):
        return ratio_S
    cut_S = np.minimum(ratio_S, np.quantile(ratio_S, clip))
    weight_S: Weights = cut_S / cut_S.mean()
    return weight_S


def effective_rows(weight_S: Weights) -> float:
    """Rows of equal weight that are as exact (Kish, Survey Sampling, 1965)."""
    return float(weight_S.sum() ** 2 / max((weight_S**2).sum(), np.finfo(np.float64).tiny))


def weighted(dataset: MemoryDataset, weight_B: Weights) -> MemoryDataset:
    """The rows with the weights of all tasks multiplied; unknown labels stay unknown."""
    weight_B1 = torch.from_numpy(weight_B.astype(np.float32)).unsqueeze(1)
    return MemoryDataset(replace(dataset.batch, weight_BT=dataset.batch.weight_BT * weight_B1))
