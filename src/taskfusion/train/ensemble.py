"""Fit the weights of models that predict together on rows that none of them learned from, in 64-bit numbers.

Axes: M models, K rows with a known label, C logits.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize
from torch import Tensor

from taskfusion.model.head.base import Head

MOST: Final = 2.0
"""Largest weight of a model."""

NEGLIGIBLE: Final = 0.02
"""A model that moves predictions by less than this share of what all do is left out: it would cost time and bring
nothing.
"""

LEAST_KEPT: Final = 0.05
"""Of the distance to the constant prediction."""


@dataclass(frozen=True)
class ModelLogits:
    """Rows whose label is known.

    Attributes:
        constant_C: logits of the best constant prediction for the training labels.
        models: logits [K, C] of each model, on the scale of the head.
        label_K: on the label's own scale.
        weight_K: > 0.
    """

    constant_C: Tensor
    models: Sequence[Tensor]
    label_K: Tensor
    weight_K: Tensor


@dataclass(frozen=True)
class FittedEnsemble:
    """logit = shift_C + the sum over models of weight * logit; and mean losses of the rows of the fit.

    Attributes:
        shift_C: one per logit.
        weights: one per model, >= 0.
        constant: loss of the best constant prediction.
        alone: loss of each model.
        together: loss of the sum before it is pulled towards the constant.
        kept: share of the distance to the constant prediction that is kept, 0..1.
    """

    shift_C: tuple[float, ...]
    weights: tuple[float, ...]
    constant: float
    alone: tuple[float, ...]
    together: float
    kept: float


def fit_weights(head: Head, rows: ModelLogits) -> FittedEnsemble:
    """Weights >= 0 of the least mean loss, then as near to the constant prediction as the evidence is weak.

    Let g be the mean by which the sum's loss is below that of the constant prediction, and e its standard error. The
    sum keeps 1 - (e / g)^2 of its distance to the constant: the positive part of the estimator of James and Stein
    (Estimation with quadratic loss, 1961). With plenty of rows it keeps all; where the rows cannot tell whether
    anything was learned, LEAST_KEPT, which costs next to nothing and still puts rows in an order.

    Args:
        head: of the task, not calibrated.
        rows: validation rows, at least one.
    """
    constant_C = rows.constant_C.double()
    moved_MKC = torch.stack([one.double() - constant_C for one in rows.models])
    head = copy.deepcopy(head).cpu().double()
    weight_M = _minimum(head, rows, constant_C, moved_MKC)
    constant_K = _losses(head, rows, constant_C.expand(moved_MKC.shape[1:]))
    together_K = _losses(head, rows, constant_C + _sum(torch.from_numpy(weight_M), moved_MKC))
    share_K = rows.weight_K.double().numpy() / float(rows.weight_K.double().sum())
    kept = _kept(constant_K - together_K, share_K)
    return FittedEnsemble(
        shift_C=tuple(((1 - kept * weight_M.sum()) * constant_C).tolist()),
        weights=tuple((kept * weight_M).tolist()),
        constant=float(constant_K @ share_K),
        alone=tuple(float(_losses(head, rows, constant_C + moved_KC) @ share_K) for moved_KC in moved_MKC),
        together=float(together_K @ share_K),
        kept=kept,
    )


Weights = npt.NDArray[np.float64]
"""Of each model [M]."""


def _sum(weight_M: Tensor, moved_MKC: Tensor) -> Tensor:
    return torch.einsum("m,mkc->kc", weight_M, moved_MKC)


def _losses(head: Head, rows: ModelLogits, logit_KC: Tensor) -> npt.NDArray[np.float64]:
    with torch.no_grad():
        loss_K: npt.NDArray[np.float64] = head.row_loss(logit_KC, rows.label_K.double()).numpy()
    return loss_K


def _minimum(head: Head, rows: ModelLogits, constant_C: Tensor, moved_MKC: Tensor) -> Weights:
    """The weights of the least loss, which is convex in them."""
    label_K, weight_K, models = rows.label_K.double(), rows.weight_K.double(), len(moved_MKC)

    def loss(weight_M: Weights) -> tuple[float, Weights]:
        weights = torch.tensor(weight_M, requires_grad=True)
        logit_KC = constant_C + _sum(weights, moved_MKC)
        mean = (head.row_loss(logit_KC, label_K) * weight_K).sum() / weight_K.sum()
        (gradient,) = torch.autograd.grad(mean, weights)
        return float(mean.detach()), gradient.numpy()

    found = minimize(loss, np.full(models, 1 / models), jac=True, bounds=[(0, MOST)] * models, method="L-BFGS-B")
    weight_M = np.asarray(found.x, np.float64)
    moves_M = weight_M * moved_MKC.square().mean((1, 2)).sqrt().numpy()
    return np.where(moves_M <= NEGLIGIBLE * moves_M.sum(), 0.0, weight_M)


def _kept(gain_K: npt.NDArray[np.float64], share_K: npt.NDArray[np.float64]) -> float:
    gain = float(gain_K @ share_K)
    variance = float((gain_K - gain) ** 2 @ share_K**2)
    return max(LEAST_KEPT, 1 - variance / gain**2) if gain > 0 else LEAST_KEPT
