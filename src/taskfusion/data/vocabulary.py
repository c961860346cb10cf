"""From ids to codes: 0 is a missing value (and padding), 1 a value never seen, 2 and up the values themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.data.hashing import stable_hash
from taskfusion.data.key_file import read_keys, write_integers, write_texts
from taskfusion.data.keys import as_keys, as_type_of, without_nulls
from taskfusion.data.numbering import ABSENT, IntegerNumbering, Numbers, TextNumbering
from taskfusion.data.patterns import TIME, ZONED_TIME, TextForm
from taskfusion.data.refusal import not_told
from taskfusion.data.rows import FIRST, MISSING, UNSEEN
from taskfusion.data.text_form import are_told, form_of, is_written_otherwise, times_of

__all__ = [
    "FIRST",
    "MISSING",
    "UNSEEN",
    "CodeTable",
    "Coder",
    "Codes",
    "HashedVocabulary",
    "Vocabulary",
    "coded",
    "stable_hash",
]

Codes = npt.NDArray[np.int32]

_TEXTS = (pl.String, pl.Categorical, pl.Enum)

_DENSE_SPAN = 16
"""Integer keys are looked up in an array where their range is at most this many times their number."""

_STRANGERS = 1_000_000
"""Strings without a code are remembered up to this many, so that memory does not grow for ever."""


def code_names(table: "CodeTable") -> list[str]:
    """What each code of a table stands for, as people read it."""
    if isinstance(table, Vocabulary):
        return ["missing", "unseen in training", *map(str, table.keys.to_list())]
    return ["missing", "unseen in training", *(f"bucket {code}" for code in range(table.num_codes - FIRST))]


class Coder(Protocol):
    """What gives ids codes."""

    def codes(self, values: pl.Series, name: str = "the column") -> Codes:
        """Codes [B] of values [B]; error messages call the column by the name."""


class CodeTable(Coder, Protocol):
    """What gives ids their codes, for good."""

    @property
    def num_codes(self) -> int:
        """Codes are smaller than this."""

    @property
    def keys_are_texts(self) -> bool:
        """Whether the values were texts, not integers."""


class Vocabulary:
    """The distinct values of a training column, each with a code of its own.

    Args:
        keys: distinct values in ascending order, without nulls, of type Int64, UInt64 or String.
    """

    def __init__(self, keys: pl.Series) -> None:
        self.keys = keys.rename("key")
        self._told: dict[TextForm, bool] = {}

    @property
    def num_codes(self) -> int:
        """Codes are smaller than this."""
        return len(self.keys) + FIRST

    @property
    def keys_are_texts(self) -> bool:
        """Whether the values were texts, not integers."""
        return self.keys.dtype == pl.String

    def codes(self, values: pl.Series, name: str = "the column") -> Codes:
        """Codes [B] of values [B]; 64-bit integers are compared exactly.

        Raises:
            DataError: the values are of a type that cannot be compared with the fitted one.
        """
        return coded(self._as_fitted(values, name), self.keys.dtype, name, self._places)

    def save(self, path: Path) -> None:
        """Write the keys to a safetensors file."""
        if self.keys_are_texts:
            write_texts(path, self.keys.to_list())
        else:
            write_integers(path, self.keys.to_numpy())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what save wrote."""
        dtype, keys = read_keys(path)
        return cls(pl.Series(keys, dtype=getattr(pl, dtype)))

    def _as_fitted(self, values: pl.Series, name: str) -> pl.Series:
        """Values that are written as texts of the training column are, where that was of texts."""
        if not self.keys_are_texts or not len(self.keys) or values.null_count() == len(values):
            return values
        form = form_of(values.dtype)
        if form is not None:
            told = self._tells(form)
        elif values.dtype in _TEXTS and self._time_form is not None:
            values = times_of(values, self._time_form)
            told = not is_written_otherwise(values, self._time_form).any()
        else:
            told = True
        if not told:
            raise not_told(name, self.keys[-1], values.dtype, values.drop_nulls()[0])
        return values

    def _tells(self, form: TextForm) -> bool:
        if form not in self._told:
            self._told[form] = are_told(self.keys, form)
        return self._told[form]

    @cached_property
    def _time_form(self) -> TextForm | None:
        """The form of all values, where they are times."""
        return next((form for form in (TIME, ZONED_TIME) if self.keys.str.contains(form.exact).all()), None)

    def _places(self, keys: pl.Series) -> Numbers:
        """Place of each key among the sorted ones, -1 for one that is not there; a null counts as any key."""
        if not len(self.keys):
            return np.full(len(keys), ABSENT, dtype=np.int32)
        if self.keys.dtype == pl.String:
            return self._text_places(keys)
        if self._dense is not None:
            return self._dense.places(keys)
        place_K, numbering = self._integers
        number_B = numbering.find(keys)
        return place_K[number_B]

    def _text_places(self, keys: pl.Series) -> Numbers:
        place_K, numbering = self._texts
        number_B = numbering.add(keys)
        if len(numbering) > len(self.keys) + _STRANGERS:
            self.__dict__.pop("_texts", None)
        return place_K.take(number_B, mode="clip")

    @cached_property
    def _dense(self) -> "_DenseIntegers | None":
        known = self.keys.to_numpy()
        span = int(known[-1]) - int(known[0]) + 1
        if span > _DENSE_SPAN * len(known):
            return None
        place_S = np.full(span, ABSENT, dtype=np.int32)
        place_S[known - known[0]] = np.arange(len(known))
        return _DenseIntegers(known[0], known[-1], place_S)

    @cached_property
    def _integers(self) -> tuple[Numbers, IntegerNumbering]:
        numbering = IntegerNumbering(self.keys.dtype)
        return _place_of_number(numbering.add(self.keys)), numbering

    @cached_property
    def _texts(self) -> tuple[Numbers, TextNumbering]:
        numbering = TextNumbering()
        return _place_of_number(numbering.add(self.keys)), numbering


@dataclass(frozen=True)
class _DenseIntegers:
    """Places of keys that lie close together: of every integer from the least key to the greatest."""

    low: np.integer[Any]
    high: np.integer[Any]
    place_S: Numbers

    def places(self, keys: pl.Series) -> Numbers:
        """Place of each key, -1 for one that is not there; a null counts as any key."""
        value_B = without_nulls(keys, self.low)
        if self.low <= value_B.min(initial=self.high) and value_B.max(initial=self.low) <= self.high:
            near: Numbers = self.place_S[value_B - self.low]
            return near
        inside_B = (value_B >= self.low) & (value_B <= self.high)
        return np.where(inside_B, self.place_S[np.where(inside_B, value_B - self.low, 0)], np.int32(ABSENT))


def _place_of_number(number_K: Numbers) -> Numbers:
    """Place of the key that has a number; the last one, -1, stands for all that are no key's."""
    places = np.full(len(number_K) + 1, ABSENT, dtype=np.int32)
    places[number_K] = np.arange(len(number_K))
    return places


def coded(values: pl.Series, dtype: pl.DataType, name: str, places: Callable[[pl.Series], Numbers]) -> Codes:
    """Codes [B] of values [B].

    Args:
        values: the column.
        dtype: type of the keys: Int64, UInt64 or String.
        name: what error messages call the column.
        places: from keys to places, which are codes without the first two; -1 for a key without a code.

    Raises:
        DataError: the values are of a type that cannot be compared with the keys.
    """
    keys = as_type_of(values, dtype, name)
    code_B = places(keys) + np.int32(FIRST)
    if keys.null_count():
        code_B[keys.is_null().to_numpy()] = UNSEEN
        code_B[as_keys(values, name).is_null().to_numpy()] = MISSING
    return code_B


@dataclass(frozen=True)
class HashedVocabulary:
    """Values share a fixed number of codes by their hash: nothing to fit, but values collide.

    Args:
        num_buckets: codes of values.
        keys: the form in which values are hashed, that of the training column, so that 5 and "5" never differ.
    """

    num_buckets: int
    keys: Literal["integer", "string"] = "string"

    @property
    def num_codes(self) -> int:
        """Codes are smaller than this."""
        return self.num_buckets + FIRST

    @property
    def keys_are_texts(self) -> bool:
        """Whether the values were texts, not integers."""
        return self.keys == "string"

    def codes(self, values: pl.Series, name: str = "the column") -> Codes:
        """Codes [B] of values [B]; 1 is never given.

        Raises:
            DataError: the values cannot be told exactly in the form of the training column.
        """
        keys = as_keys(values, name)
        if keys.dtype.is_integer() != (self.keys == "integer"):
            keys = as_type_of(values, {"integer": pl.Int64(), "string": pl.String()}[self.keys], name)
        code_B: Codes = (stable_hash(keys) % np.uint64(self.num_buckets)).astype(np.int32) + np.int32(FIRST)
        code_B[keys.is_null().to_numpy()] = MISSING
        return code_B
