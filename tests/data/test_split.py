import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data.hashing import stable_hash
from taskfusion.data.split import split_table
from taskfusion.data.table import scan
from taskfusion.schema.split import LastRowsSplit, RandomSplit, TimeSplit, WhereSplit


def by_time(validation: float = 0.1, test: float = 0.1) -> TimeSplit:
    return TimeSplit(kind="time", column="t", validation=validation, test=test)


def rows_of(parts: dict[str, pl.LazyFrame]) -> dict[str, list[int]]:
    return {name: part.collect()["row"].to_list() for name, part in parts.items()}


def timed(times: list[object]) -> pl.LazyFrame:
    return pl.LazyFrame({"t": times, "row": range(len(times))}, strict=False)


@given(
    st.lists(st.integers(0, 30), min_size=3, max_size=60).filter(lambda times: len(set(times)) > 2),
    st.floats(0.05, 0.45),
    st.floats(0.05, 0.45),
)
def test_time_cuts_are_the_nearest_between_distinct_times(times: list[int], validation: float, test: float) -> None:
    rows = rows_of(split_table(timed(list(times)), by_time(validation, test)))
    assert sorted(row for part in rows.values() for row in part) == list(range(len(times)))
    spans = [[times[row] for row in rows[name]] for name in ("train", "validation", "test")]
    assert max(spans[0]) < min(spans[1])
    assert max(spans[1]) < min(spans[2])
    distinct = sorted(set(times))
    later = [sum(time >= cut for time in times) for cut in distinct]
    assert abs(len(rows["test"]) - test * len(times)) == pytest.approx(
        min(abs(count - test * len(times)) for count in later[2:])
    )
    last = distinct.index(min(spans[2]))
    both = len(rows["test"]) + len(rows["validation"])
    assert abs(both - (validation + test) * len(times)) == pytest.approx(
        min(abs(count - (validation + test) * len(times)) for count in later[1:last])
    )


@pytest.mark.parametrize(
    "times",
    [
        [date(2024, 1, 1) + timedelta(days=day) for day in range(10)],
        [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(10)],
        [2**60 + step for step in range(10)],
        [step / 7 for step in range(10)],
        [f"2024-01-{day:02}" for day in range(1, 11)],
        [f"2024-01-{day:02} 12:00:00" for day in range(1, 11)],
    ],
)
def test_times_of_all_types_and_orders(times: list[object]) -> None:
    rows = rows_of(split_table(timed(times[::-1]), by_time(0.2, 0.1)))
    assert rows == {"train": [3, 4, 5, 6, 7, 8, 9], "validation": [1, 2], "test": [0]}


def test_without_test_there_is_no_test_part() -> None:
    rows = rows_of(split_table(timed(list(range(10))), by_time(0.3, 0)))
    assert rows == {"train": [0, 1, 2, 3, 4, 5, 6], "validation": [7, 8, 9]}


def test_validation_and_training_keep_a_time_of_their_own() -> None:
    rows = rows_of(split_table(timed([1, 2, 2, 3]), by_time(0.1, 0.55)))
    assert rows == {"train": [0], "validation": [1, 2], "test": [3]}


def test_nanoseconds_are_cut_exactly() -> None:
    start = 1_650_000_000_000_000_000
    times = pl.Series([start + step for step in range(10)]).cast(pl.Datetime("ns"))
    parts = split_table(pl.LazyFrame({"t": times, "row": range(10)}), by_time(0.2, 0.1))
    assert rows_of(parts) == {"train": [0, 1, 2, 3, 4, 5, 6], "validation": [7, 8], "test": [9]}


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([1, 1, 1, 1, 2, 2], "a distinct value of 't' for each of train, validation and test, but finds only 2"),
        ([1, 2, None, 4], "null or NaN in 1 rows"),
        ([1.0, float("nan"), 3.0, 4.0], "null or NaN in 1 rows"),
        (["3 May", "4 May", "5 May"], "holds the text '3 May'"),
        ([[1], [2], [3]], "is of type List"),
    ],
)
def test_times_that_cannot_be_cut(times: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        split_table(timed(times), by_time())


def test_shares_must_leave_training_rows() -> None:
    with pytest.raises(ExperimentError, match="but are 1 together"):
        split_table(timed([1, 2, 3]), by_time(0.5, 0.5))


@pytest.mark.parametrize("split", [by_time(), RandomSplit(kind="random", column="t")])
def test_a_missing_column_is_named(split: TimeSplit | RandomSplit) -> None:
    with pytest.raises(DataError, match=r"the split .* needs the column 't', which the table lacks"):
        split_table(pl.LazyFrame({"x": [1]}), split)


@given(st.integers(0, 2_000_000_000), st.floats(0.1, 0.4), st.floats(0.1, 0.4))
def test_random_rows_are_told_by_the_hash_of_their_number(seed: int, validation: float, test: float) -> None:
    split = RandomSplit(kind="random", validation=validation, test=test, seed=seed)
    rows = rows_of(split_table(timed(list(range(200))), split))
    place = stable_hash(pl.Series(range(200)), seed).astype(np.float64) / 2**64
    assert rows["test"] == np.flatnonzero(place < test).tolist()
    assert rows["validation"] == np.flatnonzero((place >= test) & (place < test + validation)).tolist()
    assert rows["train"] == np.flatnonzero(place >= test + validation).tolist()


def test_random_rows_are_pinned() -> None:
    rows = rows_of(split_table(timed(list(range(24))), RandomSplit(kind="random", validation=0.2, test=0.2)))
    assert rows["validation"] == [5, 7, 11, 13]
    assert rows["test"] == [1, 4, 18]


def test_equal_values_stay_together_and_shares_hold() -> None:
    users = np.random.default_rng(0).integers(0, 5_000, 40_000)
    frame = pl.LazyFrame({"u": users, "row": np.arange(40_000)})
    split = RandomSplit(kind="random", column="u", validation=0.2, test=0.1, seed=3)
    parts = {name: part.collect() for name, part in split_table(frame, split).items()}
    assert sum(part["u"].n_unique() for part in parts.values()) == len(np.unique(users))
    assert sum(map(len, parts.values())) == 40_000
    assert len(parts["validation"]) == pytest.approx(8_000, rel=0.1)
    assert len(parts["test"]) == pytest.approx(4_000, rel=0.1)
    assert parts["train"].columns == ["u", "row"]


def test_a_random_split_by_lists_is_refused() -> None:
    with pytest.raises(DataError, match="the column 'u' needs integers, strings"):
        split_table(pl.LazyFrame({"u": [[1]]}), RandomSplit(kind="random", column="u"))


def test_a_part_without_rows() -> None:
    with pytest.raises(DataError, match="leaves no rows for validation"):
        split_table(pl.LazyFrame({"u": [1, 1, 1]}), RandomSplit(kind="random", column="u", validation=1e-9, test=0))


def where(train: str, validation: str, test: str | None = None) -> WhereSplit:
    return WhereSplit(kind="where", train=train, validation=validation, test=test)


def test_conditions_pick_rows_and_null_is_false() -> None:
    frame = timed([1, 2, 3, None, 5])
    assert rows_of(split_table(frame, where("t < 3", "t = 3", "t > 3"))) == {
        "train": [0, 1],
        "validation": [2],
        "test": [4],
    }
    assert list(split_table(frame, where("t < 3", "t >= 3"))) == ["train", "validation"]


@pytest.mark.parametrize(
    ("split", "kind", "message"),
    [
        (where("t < 3", "t < 4 AND t > 1"), DataError, "conditions of train and validation .* both pick 1 rows"),
        (where("t < 3", "t = 3", "t >= 3"), DataError, "conditions of validation and test .* both pick 1 rows"),
        (where("t < 3", "t > 9"), DataError, "leaves no rows for validation"),
        (where("t < ", "t > 9"), ExperimentError, "the train condition of the split should be a column or an SQL"),
        (where("t < 3", "time > 9"), DataError, "the validation condition of the split reads the column 'time'"),
        (where("t + 1", "t > 9"), DataError, "should be true or false, but 't . 1' is of type Int64"),
        (where("t = 'x'", "t > 9"), DataError, "cannot compare string with numeric"),
    ],
)
def test_conditions_that_cannot_be_used(split: WhereSplit, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        split_table(timed([1, 2, 3, 4]), split)


def test_the_days_of_kuairand(real_data: Path) -> None:
    frame = scan(real_data / "kuairand_pure" / "interactions.parquet")
    split = where("date <= 20220502", "date = 20220503", "date > 20220503")
    parts = split_table(frame, split)
    dates = {name: part.select("date").collect()["date"] for name, part in parts.items()}
    assert (dates["train"].max(), dates["validation"].unique().to_list()) == (20220502, [20220503])
    assert sum(map(len, dates.values())) == frame.select(pl.len()).collect().item()
    timed_parts = split_table(frame, TimeSplit(kind="time", column="time_ms"))
    times = [part.select(pl.col("time_ms").min().alias("a"), pl.col("time_ms").max().alias("b")).collect().row(0)
             for part in timed_parts.values()]  # fmt: skip
    assert times[0][1] < times[1][0]
    assert times[1][1] < times[2][0]


ROWS_OF_GROUPS = st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 9)), min_size=1, max_size=60)


def last_rows(validation: float = 0.2, test: float = 0.2) -> LastRowsSplit:
    return LastRowsSplit(kind="last_rows", group="user", column="t", validation=validation, test=test)


def grouped(rows: Sequence[tuple[str | None, object]]) -> pl.LazyFrame:
    return pl.LazyFrame({"user": [user for user, _ in rows], "t": [time for _, time in rows], "row": range(len(rows))})


@given(ROWS_OF_GROUPS, st.floats(0.05, 0.45), st.floats(0.05, 0.45))
def test_last_rows_of_each_group(rows: list[tuple[str | None, int]], validation: float, test: float) -> None:
    everybody = [("z", time) for time in range(40)]
    parts = rows_of(split_table(grouped([*rows, *everybody]), last_rows(validation, test)))
    assert sorted(row for part in parts.values() for row in part) == list(range(len(rows) + 40))
    part_of = {row: index for index, part in enumerate(parts.values()) for row in part}
    for user in {user for user, _ in rows}:
        mine = [row for row, (other, _) in enumerate(rows) if other == user]
        in_order = sorted(mine, key=lambda row: (rows[row][1], row))
        assert [part_of[row] for row in in_order] == sorted(part_of[row] for row in mine)
        counts = [sum(part_of[row] == part for row in mine) for part in range(3)]
        assert counts[2] == math.floor(len(mine) * test + 0.5)
        assert counts[1] + counts[2] == math.floor(len(mine) * (test + validation) + 0.5)


def test_rows_of_one_time_are_in_the_order_of_the_table() -> None:
    parts = rows_of(split_table(grouped([("a", 1)] * 5 + [("b", 5 - k) for k in range(5)]), last_rows()))
    assert parts == {"train": [0, 1, 2, 7, 8, 9], "validation": [3, 6], "test": [4, 5]}
    frame = grouped([("a", 1)] * 500)
    assert rows_of(split_table(frame, last_rows(0.1, 0.1)))["test"] == list(range(450, 500))


def test_last_rows_without_test_and_of_a_file(tmp_path: Path) -> None:
    grouped([("a", f"2024-01-{day:02}") for day in range(1, 11)]).collect().write_parquet(tmp_path / "t.parquet")
    parts = rows_of(split_table(scan(tmp_path / "t.parquet"), last_rows(0.3, 0)))
    assert parts == {"train": list(range(7)), "validation": [7, 8, 9]}


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"group": "who"}, DataError, "the split by last rows needs the column 'who'"),
        ({"column": "when"}, DataError, "the split by last rows needs the column 'when'"),
        ({"validation": 0.6, "test": 0.4}, ExperimentError, "but are 1 together"),
        ({"validation": 0.01, "test": 0}, DataError, "leaves no rows for validation"),
    ],
)
def test_last_rows_that_cannot_be_cut(changes: dict[str, Any], kind: type[Exception], message: str) -> None:
    split = LastRowsSplit.model_validate(last_rows().model_dump() | changes)
    with pytest.raises(kind, match=message):
        split_table(grouped([("a", 1), ("a", 2), ("b", 3)]), split)
    with pytest.raises(DataError, match="null or NaN in 1 rows"):
        split_table(grouped([("a", 1), ("a", None)]), last_rows())


def test_texts_with_offsets_are_cut_by_the_moment_that_they_name() -> None:
    texts = ["2024-01-01T12:00:00Z", "2024-01-01 20:30:00.5+09:00", "2024-01-01 08:00:00-05:00", "2024-01-01T14:00Z"]
    assert rows_of(split_table(timed(list(texts)), by_time(0.25, 0.25))) == {
        "train": [0, 1],
        "validation": [2],
        "test": [3],
    }
    with pytest.raises(DataError, match="which says its offset from UTC, and '2024-01-02', which does not"):
        split_table(timed([*texts, "2024-01-02"]), by_time())


@pytest.mark.parametrize("factor", [1_000, 1_000_000, 1_000_000_000])
def test_times_in_two_units_are_told(factor: int) -> None:
    seconds = [1_700_000_000 + second for second in range(10)]
    frame = pl.LazyFrame({"ts": [*seconds[:9], seconds[9] * factor]})
    split = TimeSplit(kind="time", column="ts", validation=0.2, test=0.2)
    with pytest.raises(
        DataError, match=r"needs times of one unit, but the column 'ts' holds 1700000008, as of seconds"
    ):
        split_table(frame, split)
    assert set(split_table(frame.select(pl.col("ts") % 100), split)) == {"train", "validation", "test"}


def test_a_condition_that_compares_a_date_with_a_number_is_told() -> None:
    frame = pl.LazyFrame({"day": [date(2024, 1, 31), date(2024, 2, 1)]})
    split = WhereSplit(kind="where", train="day < 20240201", validation="day >= DATE '2024-02-01'")
    with pytest.raises(DataError, match=r"the train condition of the split, .*, compares the date day with the number"):
        split_table(frame, split)


def test_conditions_on_texts_with_offsets() -> None:
    frame = timed(["2024-01-19T10:00:00Z", "2024-01-20T00:00:00Z"])
    for what in ("t {} '2024-01-20'", "DATE(LEFT(t, 10)) {} DATE '2024-01-20'"):
        assert rows_of(split_table(frame, where(what.format("<"), what.format(">=")))) == {
            "train": [0],
            "validation": [1],
        }
    with pytest.raises(DataError, match=r"a text as a date with DATE\(LEFT\(column, 10\)\)"):
        split_table(frame, where("t < TIMESTAMP '2024-01-20 00:00:00'", "t >= TIMESTAMP '2024-01-20 00:00:00'"))
