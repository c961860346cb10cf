"""Fit the weights of model/ensemble.py on rows that neither model learned from, in 64-bit numbers.

Axes: K rows with a known label, C logits.
"""

import copy
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize
from torch import Tensor

from taskfusion.model.ensemble import TaskWeights
from taskfusion.model.head.base import Head

MOST: Final = 2.0
"""Largest weight of a model."""

NEGLIGIBLE: Final = 0.02
"""A model that moves predictions by less than this share of what both do is left out: it would cost time and bring
nothing.
"""

LEAST_KEPT: Final = 0.05
"""Of the distance to the constant prediction."""


@dataclass(frozen=True)
class BothLogits:
    """Rows whose label is known.

    Attributes:
        constant_C: logits of the best constant prediction for the training labels.
        network_KC: logits of the network.
        trees_KC: logits of the trees, on the scale of the head.
        label_K: on the label's own scale.
        weight_K: > 0.
    """

    constant_C: Tensor
    network_KC: Tensor
    trees_KC: Tensor
    label_K: Tensor
    weight_K: Tensor


@dataclass(frozen=True)
class FittedEnsemble:
    """What was fitted for a task, and what each model reaches alone, on the rows of the fit.

    Attributes:
        weights: of the sum.
        losses: mean loss of "constant", "network", "trees" and "ensemble".
        kept: share of the distance to the constant prediction that is kept, 0..1.
    """

    weights: TaskWeights
    losses: dict[str, float]
    kept: float


def fit_weights(head: Head, rows: BothLogits) -> FittedEnsemble:
    """Weights >= 0 of the least mean loss, then as near to the constant prediction as the evidence is weak.

    Let g be the mean by which the sum's loss is below that of the constant prediction, and e its standard error. The
    sum keeps 1 - (e / g)^2 of its distance to the constant: the positive part of the estimator of James and Stein
    (Estimation with quadratic loss, 1961). With plenty of rows it keeps all; where the rows cannot tell whether
    anything was learned, LEAST_KEPT, which costs next to nothing and still puts rows in an order.

    Args:
        head: of the task, not calibrated.
        rows: validation rows, at least one.
    """
    constant_C, network_KC, trees_KC = (part.double() for part in (rows.constant_C, rows.network_KC, rows.trees_KC))
    moved = torch.stack([network_KC - constant_C, trees_KC - constant_C])
    head = copy.deepcopy(head).cpu().double()
    losses = {name: _losses(head, rows, constant_C + _mixed(moved, w)) for name, w in _ALONE.items()}
    place = _minimum(head, rows, constant_C, moved)
    losses["ensemble"] = _losses(head, rows, constant_C + _mixed(moved, place))
    share = rows.weight_K.double().numpy() / float(rows.weight_K.double().sum())
    kept = _kept(losses["constant"] - losses["ensemble"], share)
    network, trees = (kept * place).tolist()
    shift_C = tuple(((1 - network - trees) * constant_C).tolist())
    means = {name: float(loss_K @ share) for name, loss_K in losses.items()}
    return FittedEnsemble(TaskWeights(shift_C, network, trees), means, kept)


Place = npt.NDArray[np.float64]
"""Weights of the network and of the trees."""

_ALONE: Final = {"constant": np.zeros(2), "network": np.array([1.0, 0.0]), "trees": np.array([0.0, 1.0])}


def _mixed(moved: Tensor, place: Place) -> Tensor:
    return _sum(torch.from_numpy(place), moved)


def _sum(weights: Tensor, moved: Tensor) -> Tensor:
    return weights[0] * moved[0] + weights[1] * moved[1]


def _losses(head: Head, rows: BothLogits, logit_KC: Tensor) -> npt.NDArray[np.float64]:
    with torch.no_grad():
        loss_K: npt.NDArray[np.float64] = head.row_loss(logit_KC, rows.label_K.double()).numpy()
    return loss_K


def _minimum(head: Head, rows: BothLogits, constant_C: Tensor, moved: Tensor) -> Place:
    """The weights of the least loss, which is convex in them."""
    label_K, weight_K = rows.label_K.double(), rows.weight_K.double()

    def loss(place: Place) -> tuple[float, Place]:
        weights = torch.tensor(place, requires_grad=True)
        logit_KC = constant_C + _sum(weights, moved)
        mean = (head.row_loss(logit_KC, label_K) * weight_K).sum() / weight_K.sum()
        (gradient,) = torch.autograd.grad(mean, weights)
        return float(mean.detach()), gradient.numpy()

    found = minimize(loss, np.array([0.5, 0.5]), jac=True, bounds=[(0, MOST)] * 2, method="L-BFGS-B")
    place = np.asarray(found.x, np.float64)
    moves = place * moved.square().mean((1, 2)).sqrt().numpy()
    return np.where(moves <= NEGLIGIBLE * moves.sum(), 0.0, place)


def _kept(gain_K: npt.NDArray[np.float64], share_K: npt.NDArray[np.float64]) -> float:
    gain = float(gain_K @ share_K)
    variance = float((gain_K - gain) ** 2 @ share_K**2)
    return max(LEAST_KEPT, 1 - variance / gain**2) if gain > 0 else LEAST_KEPT
