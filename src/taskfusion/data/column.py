"""One encoder per kind of feature: a column in, codes or numbers out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.base.errors import DataError
from taskfusion.base.moments import Moments
from taskfusion.data.clock import in_seconds, part_of_time
from taskfusion.data.quantile import QuantileSample, normal_scores, without_outliers
from taskfusion.data.refusal import beyond_32_bits, infinite, no_list, no_number
from taskfusion.data.rows import CLIP
from taskfusion.data.text_list import split_texts
from taskfusion.data.vocabulary import Coder, Codes
from taskfusion.schema.coded import called
from taskfusion.schema.feature import (
    BagFeature,
    CategoricalFeature,
    MultiCategoricalFeature,
    NumericFeature,
    SequenceFeature,
)

Floats = npt.NDArray[np.float64]


def id_values(feature: CategoricalFeature, column: pl.Series) -> pl.Series:
    """What gets a code: the values, or the part of each time that the feature takes.

    Raises:
        DataError: a part is taken, and the column holds no times.
    """
    return column if feature.part is None else part_of_time(column, feature.part, called(feature))


@dataclass(frozen=True)
class CategoricalEncoder:
    """One code per row."""

    feature: CategoricalFeature
    table: Coder

    def encode(self, column: pl.Series) -> Codes:
        """Codes [B].

        Raises:
            DataError: the column holds no ids, or ids of another type than the training rows.
        """
        return self.table.codes(id_values(self.feature, column), called(self.feature))


@dataclass(frozen=True)
class BagEncoder:
    """A row of codes, of length L = max_length of the feature, padded at the end with 0."""

    feature: BagFeature
    table: Coder

    def encode(self, column: pl.Series) -> Codes:
        """Codes [B, L].

        Raises:
            DataError: the column is no list, nor a string with a separator, or its values are no ids.
        """
        lists = kept_values(self.feature, column)
        length_B = lists.list.len().fill_null(0).cast(pl.Int64).to_numpy()
        code_V = self.table.codes(lists.filter(lists.list.len() > 0).explode(), called(self.feature))
        row_V = np.repeat(np.arange(len(length_B)), length_B)
        place_V = np.arange(len(code_V)) - np.repeat(np.cumsum(length_B) - length_B, length_B)
        code_BL = np.zeros((len(length_B), self.feature.max_length), dtype=np.int32)
        code_BL[row_V, place_V] = code_V
        return code_BL


def kept_values(feature: BagFeature, column: pl.Series) -> pl.Series:
    """The lists of values that the model sees: no nulls, NaN or blanks, the first or last max_length ones.

    Raises:
        DataError: the column is of a type that holds no lists.
    """
    return _KEEP[type(feature)](_lists(feature, column), feature.max_length)


def _lists(feature: BagFeature | NumericFeature, column: pl.Series) -> pl.Series:
    """A column of any type that holds lists as a list column without nulls, NaN and blanks in its lists."""
    lists = _list_column(feature, column)
    if lists.dtype in (pl.List(pl.Float64), pl.List(pl.Float32)):
        lists = lists.list.eval(pl.element().fill_nan(None))
    return lists.list.drop_nulls()


def _list_column(feature: BagFeature | NumericFeature, column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.List):
        return column
    if isinstance(column.dtype, pl.Array):
        return column.arr.to_list()
    if column.null_count() == len(column):
        return pl.Series(column.name, [None] * len(column), dtype=pl.List(pl.String))
    if column.dtype in (pl.String, pl.Categorical, pl.Enum) and feature.separator is not None:
        return split_texts(column.cast(pl.String), feature.separator)
    raise no_list(called(feature), column.dtype, feature.separator)


_KEEP: dict[type[BagFeature], Callable[[pl.Series, int], pl.Series]] = {
    MultiCategoricalFeature: lambda lists, length: lists.list.head(length),
    SequenceFeature: lambda lists, length: lists.list.tail(length),
}


@dataclass(frozen=True)
class NumericEncoder:
    """A number per row, and where the training rows had missing values a second one that marks them.

    A missing value (null or NaN) is 0, which for a standardised feature is the training mean. Standardised numbers
    are clipped to [-10, 10].

    Attributes:
        feature: the feature.
        mean: of the transformed training values, but for those beyond a wide gap.
        std: their standard deviation, 1 where they are all equal.
        marks_missing: whether the second column exists.
        quantiles: of the transformed training values, at evenly spaced shares of the rows; none where none is known.
    """

    feature: NumericFeature
    mean: float
    std: float
    marks_missing: bool
    quantiles: tuple[float, ...] = ()

    def encode(self, column: pl.Series) -> npt.NDArray[np.float32]:
        """Numbers [B, 1], or [B, 2] with the mark of missing values.

        Raises:
            DataError: the column is not numeric, or holds an infinity or what a 32-bit float cannot hold.
        """
        return self.scaled(transformed(column, self.feature))

    def scaled(self, value_B: Floats) -> npt.NDArray[np.float32]:
        """As encode, of values that are transformed already.

        Raises:
            DataError: a value is beyond 32-bit floats.
        """
        missing_B = np.isnan(value_B)
        number_CB = np.empty((1 + self.marks_missing, len(value_B)), dtype=np.float32)
        number_CB[0] = self._scaled(value_B)
        number_CB[0][missing_B] = 0
        if self.marks_missing:
            number_CB[1] = missing_B
        return number_CB.T

    @property
    def scaled_quantiles(self) -> tuple[float, ...]:
        """The quantiles on the scale of the encoded numbers."""
        return tuple(self._scaled(np.asarray(self.quantiles)).astype(np.float32).tolist())

    def _scaled(self, value_B: Floats) -> Floats:
        return _SCALES[self.feature.transform](self, value_B)


class NumericFit:
    """What a numeric feature needs of the training rows, gathered block by block."""

    def __init__(self, feature: NumericFeature) -> None:
        self.feature = feature
        self._moments = Moments()
        self._sample = QuantileSample()
        self._has_missing = False

    def add(self, column: pl.Series) -> Floats:
        """Take the column of a block; returns its transformed values [B].

        Raises:
            DataError: the column is not numeric, or holds an infinity.
        """
        value_B = transformed(column, self.feature)
        missing_B = np.isnan(value_B)
        has_missing = bool(missing_B.any())
        self._has_missing |= has_missing
        known = value_B[~missing_B] if has_missing else value_B
        with np.errstate(over="ignore", invalid="ignore"):
            self._moments += Moments.of(known)
        self._sample.add(known)
        return value_B

    def encoder(self) -> NumericEncoder:
        """The encoder of the rows taken.

        Raises:
            DataError: the numbers are too far apart to be standardised.
        """
        moments, quantiles = self._moments, self._sample.quantiles()
        if len(typical := without_outliers(quantiles)) < len(quantiles):
            moments = Moments.of(np.array(typical))
        if not np.isfinite(moments.deviation):
            span = f"numbers from {moments.low:g} to {moments.high:g}, too far apart"
            raise DataError(f"{called(self.feature)} holds {span}; make those null that stand for a missing value")
        return NumericEncoder(self.feature, moments.mean, moments.std or 1.0, self._has_missing, quantiles)


def transformed(column: pl.Series, feature: NumericFeature) -> Floats:
    """Numbers [B], of durations seconds, before they are scaled by what the training rows tell; NaN where missing.

    Raises:
        DataError: the column is not numeric (of a length: holds no lists), or holds an infinity.
    """
    if feature.length:
        column = _lists(feature, column).list.len()
    column = in_seconds(column)
    if column.null_count() == len(column):  # of missing values, whatever their type
        return np.full(len(column), np.nan)
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        raise no_number(called(feature), column.dtype)
    value_B: Floats = column.cast(pl.Float64).to_numpy()
    num_infinite = int(np.isinf(value_B).sum())
    if num_infinite:
        raise infinite(called(feature), num_infinite, len(value_B))
    return _TRANSFORMS[feature.transform](value_B)


def _standardized(encoder: NumericEncoder, value_B: Floats) -> Floats:
    scaled_B: Floats = (value_B - encoder.mean) / encoder.std
    return np.clip(scaled_B, -CLIP, CLIP, out=scaled_B)


def _normal(encoder: NumericEncoder, value_B: Floats) -> Floats:
    return normal_scores(value_B, encoder.quantiles)


def _as_it_is(encoder: NumericEncoder, value_B: Floats) -> Floats:
    if np.nanmax(np.abs(value_B), initial=0.0) > np.finfo(np.float32).max:
        raise beyond_32_bits(called(encoder.feature))
    return value_B


_TRANSFORMS: dict[str, Callable[[Floats], Floats]] = {
    "standardize": lambda value_B: value_B,
    "log_standardize": lambda value_B: np.copysign(np.log1p(np.abs(value_B)), value_B),
    "quantile": lambda value_B: value_B,
    "none": lambda value_B: value_B,
}
_SCALES: dict[str, Callable[[NumericEncoder, Floats], Floats]] = {
    "standardize": _standardized,
    "log_standardize": _standardized,
    "quantile": _normal,
    "none": _as_it_is,
}
