"""Which rows are of the domain that a model is meant for, and by how much the others count.

Axes: B rows, T tasks.
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


def importance_weights(ratio_B: Weights, is_target_B: Mask, known_B: Weights) -> Weights:
    """Weights [B] under which the labelled rows of a task, of both domains, are like the target's; their mean is 1.

    Labelled rows are a sample of s p_target + (1 - s) p_source, where s is the share of the target among them, so each
    weighs p_target over that mixture, r / (s r + 1 - s), whichever domain it is of. No weight exceeds 1 / s, which
    plain ratios, whose rare large values drown all else, do not have (the balance heuristic: Veach and Guibas, SIGGRAPH
    1995; relative density ratios: Yamada et al., Neural Computation 2013). Where no row of the target has a label this
    is r, and where all labels are the target's it is 1.

    Args:
        ratio_B: r, density of the target over that of the source, > 0.
        is_target_B: rows of the target.
        known_B: what a row's label weighs already; 0 where it is unknown.
    """
    total = known_B.sum()
    if total == 0:
        return np.ones(len(ratio_B))
    share = known_B[is_target_B].sum() / total
    weight_B = ratio_B / (share * ratio_B + 1 - share)
    scaled_B: Weights = weight_B * total / (weight_B * known_B).sum()
    return scaled_B


def cut_ratios(ratio_B: Weights, is_target_B: Mask, clip: float) -> Weights:
    """Density ratios, the largest cut to a quantile, 0..1, of the source's."""
    source_S = ratio_B[~is_target_B]
    return np.minimum(ratio_B, np.quantile(source_S, clip)) if len(source_S) else ratio_B


def effective_rows(weight_B: Weights) -> float:
    """Rows of equal weight that are as exact (Kish, Survey Sampling, 1965)."""
    return float(weight_B.sum() ** 2 / max((weight_B**2).sum(), np.finfo(np.float64).tiny))


def weighted(dataset: MemoryDataset, weight_BT: Weights) -> MemoryDataset:
    """The rows with the weights of their labels multiplied; unknown labels stay unknown."""
    factor_BT = torch.from_numpy(weight_BT.astype(np.float32))
    return MemoryDataset(replace(dataset.batch, weight_BT=dataset.batch.weight_BT * factor_BT))
