"""Columns of raw values to codes and numbers, with the results that value by value gives, to the bit.

Axes: B rows, Q quantiles.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.data.rows import CLIP, LEAST_SHARE
from taskfusion.schema.feature import NumericFeature
from taskfusion.serve.row.code import CodeLookup

Values = Sequence[Any]
Floats = npt.NDArray[np.float64]
Codes = Callable[[Values], list[int]]
Numbers = Callable[[Values], Floats]

_NUMBERS: Final = frozenset({int, float, type(None)})
_HUGE: Final = 1e30
"""Numbers beyond, infinity among them, are read one by one: in an array their overflow would be a warning."""


def code_column(encode: Callable[[object], int], table: CodeLookup | None) -> Codes:
    """What encodes the values of a categorical feature.

    Args:
        encode: one of them.
        table: in which values may be looked up as they are; None: they have to be read first.
    """
    kind, look = (None, encode) if table is None else table.direct

    def codes(values: Values) -> list[int]:
        if set(map(type, values)) != {kind}:
            return list(map(encode, values))
        return [encode(value) if code is None else code for value, code in zip(values, map(look, values), strict=True)]

    return codes


def number_column(
    feature: NumericFeature, encode: Callable[[object], float | None], mean: float, std: float, quantiles: Values
) -> Numbers:
    """What encodes the values of a numeric feature; NaN is a missing value.

    What is returned raises DataError as encode does.

    Args:
        feature: it.
        encode: one value.
        mean: of the transformed training values.
        std: their standard deviation.
        quantiles: of the same, at evenly spaced shares of the rows.
    """
    scale, is_log = _scale_of(feature, mean, std, quantiles), feature.transform == "log_standardize"

    def numbers(values: Values) -> Floats:
        if feature.length or not _NUMBERS.issuperset(map(type, values)):
            return _one_by_one(encode, values)
        try:
            number_B = np.array(values, dtype=np.float64)
        except OverflowError:  # a whole number beyond floats
            return _one_by_one(encode, values)
        number_B[np.isnan(number_B)] = np.nan  # without a sign, as one by one
        size_B = np.abs(number_B)
        if (size_B > _HUGE).any():
            return _one_by_one(encode, values)
        return scale(np.copysign(np.log1p(size_B), number_B) if is_log else number_B)

    return numbers


def _one_by_one(encode: Callable[[object], float | None], values: Values) -> Floats:
    return np.array(list(map(encode, values)), dtype=np.float64)


def _scale_of(feature: NumericFeature, mean: float, std: float, quantiles: Values) -> Callable[[Floats], Floats]:
    """As number.scale_of, of many numbers."""
    if feature.transform == "quantile":
        return _normal_scores(quantiles)
    if feature.transform == "none":
        return lambda number_B: number_B

    def standardized(number_B: Floats) -> Floats:
        scaled_B = (number_B - mean) / std
        return np.minimum(np.maximum(scaled_B, -CLIP), CLIP)

    return standardized


def _normal_scores(quantiles: Values) -> Callable[[Floats], Floats]:
    """The standard normal numbers of equal rank."""
    if not quantiles:
        return lambda number_B: np.where(np.isnan(number_B), number_B, 0.0)
    from scipy.special import ndtri  # of a quarter of a second, where a feature needs it

    ndtri_of: Callable[[Floats], Floats] = ndtri
    place_Q, share_Q = np.asarray(quantiles), np.linspace(0, 1, len(quantiles))
    back_Q, back_share_Q = -place_Q[::-1], -share_Q[::-1]

    def scores(number_B: Floats) -> Floats:
        middle_B = (np.interp(number_B, place_Q, share_Q) - np.interp(-number_B, back_Q, back_share_Q)) / 2
        score_B = ndtri_of(np.minimum(np.maximum(middle_B, LEAST_SHARE), 1 - LEAST_SHARE))
        return np.where(np.isnan(number_B), number_B, score_B)

    return scores
