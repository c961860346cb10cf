from datetime import UTC, date, datetime, time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.data.keys import as_keys
from taskfusion.data.patterns import CLOCK, TIME, WHOLE_NUMBER, ZONED_TIME, TextForm
from taskfusion.data.text_form import are_told, form_of, times_of, written_time

TIMES = [datetime(2024, 1, 31, 12, 30, 5, 250), datetime(2024, 2, 1)]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (pl.Series([0, -7, 2**63 - 1]), WHOLE_NUMBER),
        (pl.Series([1.0, 20.0]), WHOLE_NUMBER),
        (pl.Series([date(2024, 1, 31)]), TIME),
        (pl.Series(TIMES), TIME),
        (pl.Series([moment.replace(tzinfo=UTC) for moment in TIMES]), ZONED_TIME),
        (pl.Series([time(12, 30), time(1, 2, 3, 4)]), CLOCK),
    ],
)
def test_keys_of_a_type_are_of_its_form(values: pl.Series, form: TextForm) -> None:
    assert form_of(values.dtype) is form
    assert as_keys(values, "x").cast(pl.String).str.contains(form.exact).all()
    assert are_told(as_keys(values, "x").cast(pl.String), form)


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Boolean, pl.Null])
def test_other_types_have_no_form(dtype: type[pl.DataType]) -> None:
    assert form_of(dtype()) is None


@pytest.mark.parametrize(
    ("texts", "form", "told"),
    [
        (["7", "12", "unknown"], WHOLE_NUMBER, True),
        (["7", "007"], WHOLE_NUMBER, False),
        (["7", "8.0"], WHOLE_NUMBER, False),
        (["7", "8 "], WHOLE_NUMBER, False),
        (["rome"], WHOLE_NUMBER, False),
        (["2024-01-31", "never"], TIME, True),
        (["2024-01-31", "2024-02-01T00:00:00"], TIME, False),
        (["2024-01-31"], ZONED_TIME, False),
        (["12:30:00"], CLOCK, True),
        (["12:30"], CLOCK, False),
    ],
)
def test_values_are_told_where_no_text_is_one_in_another_writing(texts: list[str], form: TextForm, told: bool) -> None:
    assert are_told(pl.Series(texts), form) is told


@given(st.lists(st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)), min_size=1))
def test_iso_texts_of_times_are_written_as_the_times_are(moments: list[datetime]) -> None:
    times = pl.Series(moments, dtype=pl.Datetime("us"))
    for texts in ([str(moment) for moment in moments], [moment.isoformat() for moment in moments]):
        assert times_of(pl.Series(texts), TIME).equals(written_time(times))


def test_zones_are_told_in_utc_and_other_texts_stay() -> None:
    noon = pl.Series([datetime(2024, 7, 31, 12, tzinfo=UTC)])
    assert written_time(noon.dt.convert_time_zone("Europe/Paris")).equals(written_time(noon))
    texts = pl.Series(["2024-07-31T12:00:00Z", "2024-07-31 14:00:00+02:00", "never", None])
    assert times_of(texts, ZONED_TIME).to_list() == [*(2 * written_time(noon).to_list()), "never", None]
