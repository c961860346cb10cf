"""What the values of a column say, on a sample of rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from taskfusion.data.clock import in_seconds
from taskfusion.data.patterns import ISO_TIME
from taskfusion.inspect.init.words import HISTORY, TIME, words_of

SEPARATORS = ("|", ";", ",", "\t", " ")
LEAST_SPLIT_SHARE = 0.05  # of rows with a separator, from which a string may be a set
LEAST_REUSE = 0.75  # distinct parts over distinct strings, below which a string is a set
LONG_TAIL_SKEW = 2.0  # that of an exponential distribution

_ISO_DATE = r"^\d{4}-\d{2}-\d{2}"
_OTHER_DATE = r"^\d{1,4}[/.]\d{1,2}[/.]\d{1,4}"
_ID_WORD = r"^\w*\d\w*$"
_EPOCHS = (1, 1_000, 1_000_000, 1_000_000_000)  # units of a second
_EPOCH_SECONDS = (5e8, 4e9)  # 1985 to 2096
_DAY_NUMBERS = (19_700_101, 21_001_231)  # 20240131
_COUNTER_VALUES = 1_000
_YES_OR_NO = tuple(frozenset(pair.split()) for pair in ("0 1", "false true", "f t", "no yes", "n y"))


@dataclass(frozen=True)
class Bag:
    """Several values per row.

    Attributes:
        separator: between the values of a string; None: a list column.
        inner: type of a value.
        share: rows with two values or more, 0..1, of those with any.
        shortest: values of the shortest row that has any.
        longest: values of the longest row.
        values: the distinct values.
    """

    separator: str | None
    inner: pl.DataType
    share: float
    shortest: int
    longest: int
    values: pl.Series


@dataclass(frozen=True)
class Column:
    """A column of the sample.

    Attributes:
        name: as in the table.
        words: of the name.
        dtype: of the table.
        rows: of the sample.
        missing: rows that are null, NaN or an empty list.
        distinct: values that are not missing; of a list column: distinct values inside.
        two: the two values in ascending order where there are no more, else empty.
        numeric: whether it holds numbers, booleans or durations, which are seconds.
        whole: whether it holds numbers without fraction.
        infinite: whether it holds an infinity.
        low, high, mean, skew: of the numbers; 0 where there are none.
        text_length: mean characters of strings.
        bag: where a row holds several values.
        is_time: whether it says when.
        is_sorted: whether it never falls from row to row.
        entity: "user" or "item" where it is the same in all rows of one user or item, else None.
        changes_within: of "user" and "item", those in whose rows it was seen to change.
    """

    name: str
    words: tuple[str, ...]
    dtype: pl.DataType
    rows: int
    missing: int
    distinct: int
    two: tuple[float | str, ...]
    numeric: bool
    whole: bool
    infinite: bool
    low: float
    high: float
    mean: float
    skew: float
    text_length: float
    bag: Bag | None
    is_time: bool
    is_sorted: bool
    entity: str | None = None
    changes_within: frozenset[str] = frozenset()

    @property
    def known(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def is_flag(self) -> bool:
        """Whether the values are 0 and 1, or false and true."""
        return self.numeric and self.two == (0.0, 1.0)

    @property
    def is_yes_or_no(self) -> bool:
        """Whether the values are those of a flag, be they words or numbers, or one of them where null is the other."""
        if self.bag is not None or self.distinct > 2:
            return False
        if self.numeric:
            return self.is_flag or (self.distinct == 1 and self.missing > 0 and self.high in (0.0, 1.0))
        return frozenset(str(value).strip().lower() for value in self.two) in _YES_OR_NO

    @property
    def is_called_time(self) -> bool:
        """Whether its type or name, and not the values alone, say that it holds times."""
        return self.dtype.is_temporal() or not TIME.isdisjoint(self.words)

    @property
    def is_unique(self) -> bool:
        """Whether no value occurs twice."""
        return self.bag is None and self.known > 1 and self.distinct == self.known

    @property
    def is_text(self) -> bool:
        """Whether it holds strings."""
        return self.dtype.base_type() in (pl.String, pl.Categorical, pl.Enum)

    @property
    def has_long_tail(self) -> bool:
        """Whether the logarithm suits the numbers better."""
        return abs(self.skew) > LONG_TAIL_SKEW

    @property
    def span(self) -> str:
        """Smallest, largest and mean number."""
        return f"{_short(self.low)} to {_short(self.high)}, mean {_short(self.mean)}"

    @property
    def evidence(self) -> str:
        """Distinct values, and the share missing where there is any."""
        missing = f", {percent(self.missing / self.rows)} null" if self.missing else ""
        return f"{self.distinct:,} distinct{missing}"


def percent(share: float) -> str:
    """A share for people: 44.2 %, 0.018 %."""
    digits = 1 if share >= 0.01 or share == 0 else 3
    return f"{100 * share:.{digits}f} %"


def _short(number: float) -> str:
    """A number for people: 0.3452, 1,177,715."""
    return f"{number:,.0f}" if abs(number) >= 1_000 else f"{number:.4g}"


def profile_columns(sample: pl.DataFrame) -> list[Column]:
    """The columns of a sample; the entity is not known yet."""
    return [_profile_one(sample[name]) for name in sample.columns]


def _profile_one(values: pl.Series) -> Column:
    dtype, values = values.dtype, in_seconds(values)
    words = words_of(values.name)
    bag = find_bag(values, words)
    numeric = values.dtype.is_numeric() or values.dtype == pl.Boolean
    if numeric:
        values_float = values.cast(pl.Float64).fill_nan(None)
        known = values_float.drop_nulls()
    else:
        known = _flat(values)
    finite = known.filter(known.is_finite()) if numeric else pl.Series([], dtype=pl.Float64)
    distinct = known.n_unique()
    lists = isinstance(values.dtype, pl.List | pl.Array)
    missing = len(values) - (_length(values) > 0).sum() if lists else len(values) - len(known)
    return Column(
        name=values.name,
        words=words,
        dtype=dtype,
        rows=len(values),
        missing=int(missing),
        distinct=values.n_unique() - int(values.null_count() > 0) if values.dtype.is_integer() else distinct,
        two=tuple(known.unique().sort()) if distinct == 2 and not lists and _is_plain(known, dtype) else (),
        numeric=numeric,
        whole=bool(numeric and dtype != pl.Duration and len(finite) and (finite == finite.floor()).all()),
        infinite=len(finite) < len(known) if numeric else False,
        low=_number(finite.min()),
        high=_number(finite.max()),
        mean=_number(finite.mean()),
        skew=_number(finite.skew()),
        text_length=_number(known.str.len_chars().mean()) if known.dtype == pl.String and not lists else 0.0,
        bag=bag,
        is_time=says_when(values, words),
        is_sorted=numeric and len(finite) == len(values) and finite.is_sorted(),
    )


def _is_plain(values: pl.Series, dtype: pl.DataType) -> bool:
    """Whether an expression can compare the values of a column of a type."""
    return dtype != pl.Duration and (values.dtype.is_numeric() or values.dtype == pl.String)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _flat(values: pl.Series) -> pl.Series:
    """The values that are not missing, those of lists one below the other; categories as strings, nests as hashes."""
    if isinstance(values.dtype, pl.List | pl.Array):
        values = values.filter(_length(values) > 0).explode()
    known = values.drop_nulls()
    if known.dtype.base_type() in (pl.Categorical, pl.Enum):
        return known.cast(pl.String)
    return known.hash() if known.dtype.is_nested() else known


def _length(values: pl.Series) -> pl.Series:
    lists = values.arr.to_list() if isinstance(values.dtype, pl.Array) else values
    return lists.list.len().fill_null(0)


def find_bag(values: pl.Series, words: Sequence[str]) -> Bag | None:
    """How a column holds several values per row, if it does.

    A string is a set where splitting it leaves fewer distinct values than there were before, as genres do and
    sentences or intervals like (150,250] do not. A space separates only what looks like ids.
    """
    if isinstance(values.dtype, pl.List | pl.Array):
        return _bag_of(_flat(values), _length(values), None, values.head(0).explode().dtype)
    if values.dtype != pl.String:
        return None
    known = values.drop_nulls()
    for separator in SEPARATORS:
        with_separator = known.str.contains(separator, literal=True).sum()
        if with_separator < max(1.0, LEAST_SPLIT_SHARE * len(known)):
            continue
        lists = known.str.split(separator).list.eval(pl.element().str.strip_chars())
        parts = lists.explode()
        parts = parts.filter(parts != "")
        if separator == " " and not parts.str.contains(_ID_WORD).all():
            continue
        if parts.n_unique() <= LEAST_REUSE * known.n_unique() or not HISTORY.isdisjoint(words):
            return _bag_of(parts, lists.list.len(), separator, parts.dtype)
    return None


def _bag_of(parts: pl.Series, length: pl.Series, separator: str | None, inner: pl.DataType) -> Bag:
    filled = length.filter(length > 0)
    share = (filled > 1).mean()
    return Bag(
        separator=separator,
        inner=inner,
        share=_number(share),
        shortest=int(_number(filled.min())),
        longest=int(_number(filled.max())),
        values=parts.unique(),
    )


def says_when(values: pl.Series, words: Sequence[str]) -> bool:
    """Whether a column holds times: by its type, by ISO dates, or by a name and values that both look like it."""
    if values.dtype.base_type() in (pl.Date, pl.Datetime):
        return True
    known = values.drop_nulls()
    if not len(known):
        return False
    if _is_iso(known):
        return True
    if TIME.isdisjoint(words):
        return False
    if values.dtype == pl.String:
        return bool(known.str.contains(f"{_ISO_DATE}|{_OTHER_DATE}").all())
    if not values.dtype.is_numeric():
        return False
    low, high = _number(known.min()), _number(known.max())
    is_epoch = any(_EPOCH_SECONDS[0] * unit <= low and high <= _EPOCH_SECONDS[1] * unit for unit in _EPOCHS)
    is_day = _DAY_NUMBERS[0] <= low and high <= _DAY_NUMBERS[1]
    counts_up = low >= 0 and known.n_unique() > 1 and (known.is_sorted() or _is_counter(known, words))
    return is_epoch or is_day or counts_up


def _is_iso(known: pl.Series) -> bool:
    """Whether all values are strings like 2024-01-31 or 2024-01-31T10:00:00Z of days that exist."""
    if known.dtype != pl.String or not known.str.contains(ISO_TIME).all():
        return False
    return known.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).null_count() == 0


def _is_counter(known: pl.Series, words: Sequence[str]) -> bool:
    """Whether numbers are a time since some start: the name says so and no more, and there are many of them."""
    return TIME.issuperset(words) and known.n_unique() > _COUNTER_VALUES
