"""Periods are days where a column tells the time, else values or stretches of a number."""

import polars as pl

from taskfusion.inspect.audit.period import periods


def test_days_of_timestamps_texts_and_numbers_are_the_same() -> None:
    texts = pl.Series("t", ["2024-01-02 10:00:00", "2024-01-01 23:00:00", "2024-01-02 00:00:00"])
    stamps = texts.str.to_datetime()
    for values in (texts, stamps, stamps.dt.epoch("s"), stamps.dt.epoch("ms")):
        index_B, names = periods(values)
        assert index_B.tolist() == [1, 0, 1]
        assert names == ["2024-01-01", "2024-01-02"]


def test_small_numbers_are_periods_themselves_and_many_are_joined() -> None:
    index_B, names = periods(pl.Series("day", [3, 1, 3]))
    assert (index_B.tolist(), names) == ([1, 0, 1], ["1", "3"])
    index_B, names = periods(pl.Series("row", range(1000)))
    assert len(names) == 20 == index_B.max() + 1
    assert (index_B[1:] >= index_B[:-1]).all()
