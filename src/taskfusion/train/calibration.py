"""Fit the maps of model/head/calibration.py on rows that the model was not trained on, in 64-bit numbers.

Axes: K rows with a known label, C classes, N nodes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression, minimize
from scipy.special import expit, log_softmax, logit, softmax
from torch import Tensor

from taskfusion.base.errors import DataError
from taskfusion.model.head.base import Head
from taskfusion.model.head.calibration import TIE_BREAK, TaskCalibration

Floats = npt.NDArray[np.float64]

SCALES: Final = (1e-2, 1e2)
"""Logits are scaled by no less and no more; who gets there has no best scale."""

SEPARATED_LOSS: Final = 1e-6
"""Log loss in nats below which the scale would grow without end."""

NODES: Final = 256
"""Places, evenly from the lowest to the highest logit, that isotonic regression is computed at."""


@dataclass(frozen=True)
class LabelledLogits:
    """Rows whose label is known.

    Attributes:
        logit_KC: outputs of the model, on its device.
        label_K: on the label's own scale; the index of the value where a label is one of several.
        weight_K: > 0.
    """

    logit_KC: Tensor
    label_K: Tensor
    weight_K: Tensor


def fit_calibration(method: str, head: Head, rows: LabelledLogits) -> TaskCalibration:
    """The calibration of a task; one without parameters, and the reason, where the rows allow none.

    Args:
        method: temperature, platt, isotonic or linear.
        head: of the task, not calibrated.
        rows: validation rows.
    """
    try:
        if len(rows.label_K) == 0:
            raise DataError("no validation row has a known label")
        label_K, weight_K = (part.double().numpy() for part in (rows.label_K, rows.weight_K))
        return TaskCalibration(method, FITS[method](head, rows.logit_KC, label_K, weight_K))
    except DataError as error:
        return TaskCalibration(method, None, str(error))


def _temperature(head: Head, logit_KC: Tensor, label_K: Floats, weight_K: Floats) -> dict[str, Any]:
    """T > 0 that minimises the log loss of softmax(logits / T); two classes of logits 0 and z where it is binary."""
    logits_KC = logit_KC.double().cpu().numpy()
    if logits_KC.shape[1] == 1:
        logits_KC = np.concatenate([np.zeros_like(logits_KC), logits_KC], axis=1)
    class_K = label_K.astype(np.int64)
    _require_classes(class_K)
    chosen_K = np.take_along_axis(logits_KC, class_K[:, None], axis=1)[:, 0]

    def loss(scale: Floats) -> tuple[float, Floats]:
        scaled_KC = scale[0] * logits_KC
        own_K = np.take_along_axis(log_softmax(scaled_KC, axis=1), class_K[:, None], axis=1)[:, 0]
        mean_K = (softmax(scaled_KC, axis=1) * logits_KC).sum(1)
        return -_mean(own_K, weight_K), np.array([_mean(mean_K - chosen_K, weight_K)])

    return {"temperature": 1 / float(_minimum(loss, [1.0], [SCALES])[0])}


def _platt(head: Head, logit_KC: Tensor, label_K: Floats, weight_K: Floats) -> dict[str, Any]:
    """Scale > 0 and shift that minimise the log loss of sigmoid(scale * logit + shift)."""
    _require_classes(label_K)
    logit_K = logit_KC[:, 0].double().cpu().numpy()
    centre = _mean(logit_K, weight_K)

    def loss(place: Floats) -> tuple[float, Floats]:
        scaled_K = place[0] * (logit_K - centre) + centre + place[1]
        row_loss_K = np.logaddexp(0, scaled_K) - label_K * scaled_K
        slope_K = expit(scaled_K) - label_K
        gradient = np.array([_mean(slope_K * (logit_K - centre), weight_K), _mean(slope_K, weight_K)])
        return _mean(row_loss_K, weight_K), gradient

    scale, shift = _minimum(loss, [1.0, 0.0], [SCALES, (None, None)]).tolist()
    return {"scale": scale, "shift": centre + shift - scale * centre}


def _isotonic(head: Head, logit_KC: Tensor, label_K: Floats, weight_K: Floats) -> dict[str, Any]:
    """Isotonic regression of the label on the logit (Zadrozny and Elkan, KDD 2002) at NODES places.

    A positive at the lowest logit and a negative at the highest, of mean weight, keep probabilities inside 0..1. The
    result is mixed with a share TIE_BREAK of the identity, in logits, so that it rises strictly.
    """
    _require_classes(label_K)
    logit_K = logit_KC[:, 0].double().cpu().numpy()
    low, high = float(logit_K.min()), float(logit_K.max())
    if not high - low > 1e-6 * (1 + abs(low) + abs(high)):
        raise DataError("all predictions of the validation rows are alike")
    node_N = np.linspace(low, high, NODES)
    place_K = np.rint((logit_K - low) / (high - low) * (NODES - 1)).astype(np.int64)
    unit = float(weight_K.mean())
    place_K, label_K = np.append(place_K, [0, NODES - 1]), np.append(label_K, [1.0, 0.0])
    weight_K = np.append(weight_K, [unit, unit])
    weight_N = np.bincount(place_K, weight_K, NODES)
    positive_N = np.bincount(place_K, weight_K * label_K, NODES)
    seen = weight_N > 0
    knot_N, weight_N, positive_N = node_N[seen], weight_N[seen], positive_N[seen]
    rate_N = isotonic_regression(positive_N / weight_N, weights=weight_N).x
    bends = np.concatenate([[True], (rate_N[1:-1] != rate_N[:-2]) | (rate_N[1:-1] != rate_N[2:]), [True]])
    knot_N, rate_N = knot_N[bends], rate_N[bends]
    value_N = (1 - TIE_BREAK) * logit(rate_N) + TIE_BREAK * knot_N
    return {"logits": knot_N.tolist(), "calibrated": value_N.tolist()}


def _linear(head: Head, logit_KC: Tensor, label_K: Floats, weight_K: Floats) -> dict[str, Any]:
    """Least squares of the label on the prediction, both on the label's scale."""
    prediction_K = head.predict(logit_KC).double().cpu().numpy()
    centre, label_centre = _mean(prediction_K, weight_K), _mean(label_K, weight_K)
    variance = _mean((prediction_K - centre) ** 2, weight_K)
    covariance = _mean((prediction_K - centre) * (label_K - label_centre), weight_K)
    if not variance > 1e-24 * centre**2 or not covariance > 0:
        raise DataError("predictions do not rise with the label on the validation rows")
    scale = covariance / variance
    return {"scale": scale, "shift": label_centre - scale * centre}


Fit = Callable[[Head, Tensor, Floats, Floats], dict[str, Any]]

FITS: Final[Mapping[str, Fit]] = {
    "temperature": _temperature,
    "platt": _platt,
    "isotonic": _isotonic,
    "linear": _linear,
}
"""From (head, logits [K, C], labels [K], weights [K]) to the parameters; raises DataError where there are none."""


def _minimum(
    loss: Callable[[Floats], tuple[float, Floats]],
    start: Sequence[float],
    bounds: Sequence[tuple[float | None, float | None]],
) -> Floats:
    """Where a convex loss is least; the first coordinate is a scale within SCALES.

    Raises:
        DataError: it lies at the scale's bounds, or at infinity.
    """
    options = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 500}
    result = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    place: Floats = result.x
    if place[0] <= SCALES[0] * 1.01:
        raise DataError("predictions do not rise with the label on the validation rows")
    if place[0] >= SCALES[1] * 0.99 or result.fun < SEPARATED_LOSS:
        raise DataError("the validation rows are told apart without error")
    return place


def _require_classes(label_K: npt.NDArray[Any]) -> None:
    if len(np.unique(label_K)) == 1:
        raise DataError(f"all {len(label_K):,} known labels of the validation rows are {label_K[0]:g}")


def _mean(value_K: Floats, weight_K: Floats) -> float:
    return float(value_K @ weight_K / weight_K.sum())
