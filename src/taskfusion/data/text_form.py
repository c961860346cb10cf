"""Numbers and times that training saw as texts: whether values of another type can be told among them exactly."""

from typing import Final

import polars as pl

from taskfusion.data.patterns import CLOCK, TIME, WHOLE_NUMBER, ZONED_TIME, TextForm

_ISO: Final = {TIME: "%Y-%m-%d %H:%M:%S%.f", ZONED_TIME: "%Y-%m-%d %H:%M:%S%.f%z"}


def form_of(dtype: pl.DataType) -> TextForm | None:
    """How values of a type are written as texts; None of texts themselves, and of types that never stand for them."""
    if isinstance(dtype, pl.Datetime):
        return TIME if dtype.time_zone is None else ZONED_TIME
    if dtype.is_numeric():
        return WHOLE_NUMBER
    return CLOCK if dtype == pl.Time else TIME if dtype == pl.Date else None


def are_told(keys: pl.Series, form: TextForm) -> bool:
    """Whether some texts are of a form, and none is the same in another writing."""
    return bool(keys.str.contains(form.exact).any() and not is_written_otherwise(keys, form).any())


def is_written_otherwise(texts: pl.Series, form: TextForm) -> pl.Series:
    """Which texts [B] say what a form says, but not as as_keys writes it."""
    return texts.str.contains(form.loose) & ~texts.str.contains(form.exact)


def times_of(texts: pl.Series, form: TextForm) -> pl.Series:
    """Texts of which those that are ISO 8601 times in any writing are written as as_keys writes times.

    Args:
        texts: like 2024-01-31T12:00:00, for a time with a zone 2024-01-31T12:00:00Z.
        form: TIME or ZONED_TIME.
    """
    plain = texts.cast(pl.String).str.replace("T", " ", literal=True).str.replace("Z$", "+00:00")
    times = plain.str.to_datetime(_ISO[form], strict=False, time_unit="us")
    return written_time(times).zip_with(times.is_not_null(), texts.cast(pl.String))


def written_time(times: pl.Series) -> pl.Series:
    """Times as texts, in microseconds, so that they do not depend on the unit in which a table keeps them: those with a
    zone in UTC; midnight of others is a date, as pandas keeps dates as times.
    """
    if isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone is not None:
        times = times.dt.convert_time_zone("UTC")
    return times.dt.cast_time_unit("us").cast(pl.String).str.strip_suffix(" 00:00:00.000000")
