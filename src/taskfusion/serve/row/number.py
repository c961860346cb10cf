"""From one value to its scaled number, in the same 64-bit arithmetic as a column's."""

import math
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np

from taskfusion.data.refusal import beyond_32_bits, infinite, no_number
from taskfusion.data.rows import CLIP, LEAST_SHARE
from taskfusion.schema.coded import called
from taskfusion.schema.feature import NumericFeature
from taskfusion.serve.row.bag import length_of
from taskfusion.serve.row.kind import plain, type_name

Scale = Callable[[float], float]
_LARGEST: Final = float(np.finfo(np.float32).max)


def number_encoder(feature: NumericFeature, scale: Scale) -> Callable[[object], float | None]:
    """What encodes a value of a numeric feature; None is a missing value.

    What is returned raises DataError where the value is no number, infinite or too large.

    Args:
        feature: it.
        scale: of its transformed values, as scale_of gives it.
    """
    name, is_log, log1p, copysign = called(feature), feature.transform == "log_standardize", np.log1p, math.copysign
    read = length_of(feature) if feature.length else lambda value: _number(value, name)
    kind = None if feature.length else float

    def encode(value: object) -> float | None:
        number: Any = value if type(value) is kind else read(value)
        if number is None or number != number:
            return None
        if number - number != 0:
            raise infinite(name, 1, 1)
        return scale(copysign(log1p(abs(number)), number) if is_log else number)

    return encode


def scale_of(feature: NumericFeature, mean: float, std: float, quantiles: Sequence[float]) -> Scale:
    """What scales a finite number, transformed already, by what training told of its feature.

    Args:
        feature: it.
        mean: of the transformed training values.
        std: their standard deviation.
        quantiles: of the same, at evenly spaced shares of the rows.
    """
    if feature.transform == "quantile":
        return _normal_score(quantiles)
    if feature.transform == "none":
        return _within_32_bits(called(feature))

    def standardized(number: float) -> float:
        scaled = (number - mean) / std
        return CLIP if scaled > CLIP else -CLIP if scaled < -CLIP else scaled

    return standardized


def scaled_quantiles(scale: Scale, quantiles: Sequence[float]) -> tuple[float, ...]:
    """Quantiles of transformed values on the scale of the encoded numbers."""
    return tuple(np.array([scale(one) for one in quantiles]).astype(np.float32).tolist())


def _number(value: object, name: str) -> float | None:
    value = plain(value)
    if value is None:
        return None
    if isinstance(value, timedelta):
        return float(value // timedelta(microseconds=1)) / 1_000_000
    if isinstance(value, int | float | Decimal):
        try:
            return float(value)
        except OverflowError:
            raise infinite(name, 1, 1) from None
    raise no_number(name, type_name(value))


def _within_32_bits(name: str) -> Scale:
    def checked(number: float) -> float:
        if abs(number) > _LARGEST:
            raise beyond_32_bits(name)
        return number

    return checked


def _normal_score(quantiles: Sequence[float]) -> Scale:
    """The standard normal number of equal rank."""
    if not quantiles:
        return lambda number: 0.0
    from scipy.special import ndtri  # of a quarter of a second, where a feature needs it

    ndtri_of: Callable[[float], Any] = ndtri
    place_Q, share_Q = np.asarray(quantiles), np.linspace(0, 1, len(quantiles))
    back_Q, back_share_Q = -place_Q[::-1], -share_Q[::-1]

    def score(number: float) -> float:
        highest = float(np.interp(number, place_Q, share_Q))
        lowest = -float(np.interp(-number, back_Q, back_share_Q))
        return float(ndtri_of(min(max((highest + lowest) / 2, LEAST_SHARE), 1 - LEAST_SHARE)))

    return score
