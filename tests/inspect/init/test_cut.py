"""How a table is cut."""

from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.inspect.init.column import profile_columns
from taskfusion.inspect.init.cut import Cut, choose_cut, find_time, splits_beside, unseen_share
from taskfusion.schema.split import LastRowsSplit, RandomSplit, TimeSplit

SITTINGS = pl.DataFrame({"user": np.repeat(np.arange(50), 20), "t": np.arange(1000)})
VISITS = pl.DataFrame({"user": np.tile(np.arange(50), 20), "t": np.arange(1000)})


def test_users_who_come_once_are_cut_one_by_one() -> None:
    cut = choose_cut(SITTINGS.lazy(), {}, "t", "user")
    assert cut.split == LastRowsSplit(kind="last_rows", group="user", column="t")
    assert "100.0 % of the validation rows are of users that no training row is of" in cut.why
    rows = cut.rows(SITTINGS)
    assert rows is not None
    assert unseen_share(*rows, "user") == 0.0


def test_users_who_come_back_are_cut_by_time() -> None:
    assert choose_cut(VISITS.lazy(), {}, "t", "user").split == TimeSplit(kind="time", column="t")
    assert choose_cut(SITTINGS.lazy(), {}, "t", None).split == TimeSplit(kind="time", column="t")


def test_users_of_one_row_are_cut_by_time() -> None:
    once = SITTINGS.with_columns(user=pl.col("t"))
    assert choose_cut(once.lazy(), {}, "t", "user").split == TimeSplit(kind="time", column="t")


def test_without_a_time_the_cut_is_at_random() -> None:
    cut = choose_cut(SITTINGS.lazy(), {}, None, "user")
    assert cut.split == RandomSplit(kind="random")
    assert "No column tells the time" in cut.why


@given(st.lists(st.none() | st.integers(0, 5)), st.lists(st.none() | st.integers(0, 5)))
def test_unseen_share_is_that_of_the_rows_with_a_value(train: list[int | None], validation: list[int | None]) -> None:
    seen, new = (pl.LazyFrame({"x": pl.Series(values, dtype=pl.Int64)}) for values in (train, validation))
    known = [value for value in validation if value is not None]
    expected = sum(value not in train for value in known) / len(known) if known else 0.0
    assert unseen_share(seen, new, "x") == expected


def test_the_section_data_says_it_all(tmp_path: Path) -> None:
    table = tmp_path / "a" / "log.csv"
    split = {"kind": "last_rows", "group": "user", "column": "t", "validation": 0.1, "test": 0.1}
    assert choose_cut(SITTINGS.lazy(), {}, "t", "user").data(table, tmp_path) == {"table": "a/log.csv", "split": split}
    assert choose_cut(SITTINGS.lazy(), {}, "t", "user").data(None, tmp_path) == {"split": split}
    assert Cut(None, {"train": table}, "").data(table, tmp_path) == {"train": "a/log.csv"}


def test_splits_beside_the_table(tmp_path: Path) -> None:
    for name in ("train.csv.gz", "test.csv.gz", "validation.csv"):
        (tmp_path / name).write_text("")
    assert splits_beside(tmp_path / "train.csv.gz") == {}
    (tmp_path / "validation.csv.gz").write_text("")
    assert list(splits_beside(tmp_path / "train.csv.gz")) == ["train", "validation", "test"]
    assert splits_beside(tmp_path / "test.csv.gz") == {}


def test_rows_of_files_are_those_of_the_files(tmp_path: Path) -> None:
    VISITS.write_parquet(tmp_path / "validation.parquet")
    rows = choose_cut(SITTINGS.lazy(), {"validation": tmp_path / "validation.parquet"}, "t", "user").rows(SITTINGS)
    assert rows is not None
    assert rows[1].collect().equals(VISITS)
    assert choose_cut(SITTINGS.lazy(), {}, "t", "user").rows(SITTINGS.head(2)) is None


def test_the_finest_time_that_can_be_cut() -> None:
    frame = pl.DataFrame(
        {"day": ["2024-01-01", "2024-01-02"] * 5, "seen_at": [f"2024-01-02 10:0{k}Z" for k in range(10)]}
    )
    assert find_time(profile_columns(frame), frame.lazy()) == "seen_at"
    assert find_time(profile_columns(frame.select("day")), frame.lazy()) is None
    assert find_time(profile_columns(frame.select("day")), None) == "day"
