"""CSV and TSV files as lazy frames: empty lines are no rows, and words for a missing value are null among numbers."""

import codecs
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import NoDataError

from taskfusion.base.errors import DataError

MISSING_WORDS: Final = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "\\n", "?", "-", ".")
"""What R, Hive, SQL, SAS, Excel and Python write for a missing value, in lower case."""

_TYPE_ROWS: Final = 100_000
_LONG_INTEGER: Final = r"^[+-]?\d{17,}$"


def scan_csv(files: list[str], texts: Collection[str] = (), separator: str = ",") -> pl.LazyFrame | None:
    """CSV files of one table; None where they hold no rows.

    A column whose first 100,000 values are numbers, true or false, but for words for a missing value and blanks around
    them, is of that type, and the words are null in it; in a column of texts they stay texts. Integers beyond 64 bits
    with a sign are without one. Blanks around names of columns do not count, and rows without any value are left out.

    Args:
        files: the files, in order.
        texts: columns that are read as texts, whatever they look like, so that 01 stays apart from 1.
        separator: between the columns: a comma, or a tab in TSV files.

    Raises:
        DataError: two columns are of one name, files have other columns, or the first one is UTF-16 text.
        PolarsError: the first file cannot be read.
    """
    _require_utf8(files[0])
    try:
        written = _names(files[0], separator)
    except NoDataError:
        return None
    _require_same_columns(files, written, separator)
    found = _scan(files, separator=separator, infer_schema_length=_TYPE_ROWS).collect_schema()
    names = dict(zip(found.names(), written, strict=True))
    found = pl.Schema({column: pl.String() if names[column] in texts else dtype for column, dtype in found.items()})
    schema = pl.Schema({c: pl.String() if t == pl.Int128 else t for c, t in found.items()})
    frame = _scan(files, separator=separator, schema=schema)
    if len(names) > 1:  # before words for a missing value become null: a row of them is a row
        frame = frame.filter(pl.any_horizontal(pl.all().is_not_null()))
    unsure = [c for c, dtype in frame.collect_schema().items() if dtype == pl.String and names[c] not in texts]
    frame = frame.with_columns(_typed(frame.head(_TYPE_ROWS), unsure)).rename(names)
    return frame if frame.head(1).collect(engine="streaming").height else None


def _scan(files: list[str], **settings: object) -> pl.LazyFrame:
    return pl.scan_csv(files, glob=False, **settings)  # type: ignore[arg-type]


def _require_utf8(path: str) -> None:
    with Path(path).open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise DataError(f"'{path}' should be UTF-8 text, but is UTF-16; save it as CSV UTF-8, or as Parquet")


def _require_same_columns(files: Sequence[str], names: Sequence[str], separator: str) -> None:
    for file in files[1:]:
        others = _names(file, separator)
        if others != names:
            pairs = zip_longest(names, others, fillvalue="none")
            here, there = next(pair for pair in pairs if pair[0] != pair[1])
            raise DataError(
                f"'{files[0]}' and '{file}' should have the same columns in one order, but where one has '{here}' the "
                f"other has '{there}'; write them alike, or as Parquet, where columns go by name"
            )


def _names(file: str, separator: str) -> list[str]:
    """Names of columns, without blanks around them."""
    head = pl.scan_csv(file, glob=False, has_header=False, infer_schema=False, n_rows=1, separator=separator)
    (written,) = head.collect().rows()
    names = [(name or "").strip() for name in written]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise DataError(f"'{file}' should have columns of different names, but two are called '{twice}'; rename one")
    return names


def _typed(frame: pl.LazyFrame, columns: Sequence[str]) -> list[pl.Expr]:
    """What makes of columns of texts the values that they hold beside words for a missing value; texts are left out."""
    probes = [reading for column in columns for reading in _readings(column, strict=False)]
    if not probes:
        return []
    held = [probe.is_not_null().sum().alias(str(place)) for place, probe in enumerate(probes)]
    ((*counts,),) = frame.select(held).collect(engine="streaming").rows()
    typed, width = [], len(probes) // len(columns)
    for place, column in enumerate(columns):
        known, *fitting = counts[place * width : (place + 1) * width]
        if known in fitting:
            typed.append(_readings(column, strict=True)[1 + fitting.index(known)])
    return typed


def _readings(column: str, *, strict: bool) -> list[pl.Expr]:
    """A column of texts without words for a missing value, and what it may be read as, most telling first; digits that
    a 64-bit float would lose are texts. Other texts are errors where it is strict, else null.
    """
    texts = pl.col(column).str.strip_chars()
    texts = pl.when(~texts.str.to_lowercase().is_in(MISSING_WORDS)).then(texts)
    numbers = [texts.cast(dtype, strict=strict) for dtype in (pl.Int64, pl.UInt64)]
    real = (texts if strict else pl.when(~texts.str.contains(_LONG_INTEGER)).then(texts)).cast(
        pl.Float64, strict=strict
    )
    truth = texts.str.to_lowercase().replace_strict(
        {"true": True, "false": False}, return_dtype=pl.Boolean, **({} if strict else {"default": None})
    )
    return [texts, *numbers, real, truth]
