import io
import tarfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import DataError
from taskfusion.datasets.public import kuairand
from taskfusion.datasets.public.kuairand import LABELS, LOG_COLUMNS, USER_COLUMNS, VIDEO_COLUMNS, prepare

EARLIER, LATER = kuairand.LOGS


def made_log(rows: int, days: tuple[int, int], seed: int) -> pl.DataFrame:
    """Impressions of users 0..11 and videos 0..39 on days of April and May 2022, in no order."""
    rng = np.random.default_rng(seed)
    dates = np.array([*range(20220408, 20220431), *range(20220501, 20220509)])
    dates = dates[(dates >= days[0]) & (dates <= days[1])]
    columns: dict[str, np.ndarray] = {name: rng.integers(0, 2, rows) for name in LOG_COLUMNS}
    day = rng.integers(0, len(dates), rows)
    columns |= {
        "user_id": rng.integers(0, 12, rows),
        "video_id": rng.integers(0, 40, rows),
        "date": dates[day],
        "hourmin": rng.integers(0, 24, rows) * 100,
        "time_ms": (np.searchsorted(dates, dates[day]) + (0 if days[0] < 20220422 else 100)) * 10_000
        + rng.permutation(rows),
        "play_time_ms": rng.integers(0, 100_000, rows),
        "duration_ms": rng.integers(0, 4, rows) * 5_000,
    }
    return pl.DataFrame(columns).select(pl.col(name).cast(dtype) for name, dtype in LOG_COLUMNS.items())


def made_users() -> pl.DataFrame:
    users = pl.DataFrame({"user_id": range(12)})
    numbers = {name: pl.col("user_id") % 3 for name in USER_COLUMNS if name != "user_id"}
    table = users.with_columns(**numbers).select(pl.col(name).cast(dtype) for name, dtype in USER_COLUMNS.items())
    return table.with_columns(fans_user_num_range=pl.lit("[10,100)"), onehot_feat4=pl.lit(None, pl.Int32))


def made_videos() -> pl.DataFrame:
    videos = pl.DataFrame({"video_id": range(40)})
    numbers = {name: pl.col("video_id") % 4 for name in VIDEO_COLUMNS if name != "video_id"}
    table = videos.with_columns(**numbers).select(pl.col(name).cast(dtype) for name, dtype in VIDEO_COLUMNS.items())
    days = pl.when(pl.col("video_id") % 2 == 0).then(pl.lit("2022-04-10")).otherwise(pl.lit("2022-04-28"))
    return table.with_columns(upload_dt=days, tag=pl.lit("39,68"), music_id=pl.col("video_id") + 2**60)


def as_floats(table: pl.DataFrame) -> pl.DataFrame:
    """The codes as the publisher's CSV files write those with missing values: 1.0."""
    return table.with_columns(pl.col(pl.Int32).cast(pl.Float64))


def write_original(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write the four CSV files; returns both logs."""
    earlier, later = made_log(900, (20220408, 20220421), 1), made_log(700, (20220422, 20220508), 2)
    pl.concat([earlier, earlier[:30]]).write_csv(folder / EARLIER)
    pl.concat([later, later[:20]]).write_csv(folder / LATER)
    as_floats(made_users()).write_csv(folder / kuairand.USERS)
    as_floats(made_videos()).write_csv(folder / kuairand.VIDEOS)
    return earlier, later


def brute_histories(log: pl.DataFrame, flag: str | None) -> dict[int, list[int]]:
    histories: dict[int, list[int]] = {user: [] for user in log["user_id"]}
    for row in log.sort("time_ms", maintain_order=True).iter_rows(named=True):
        if flag is None or row[flag] == 1:
            histories[row["user_id"]].append(row["video_id"])
    return {user: videos[-50:] for user, videos in histories.items()}


def read_tables(folder: Path) -> dict[str, pl.DataFrame]:
    return {part: pl.read_parquet(folder / f"{part}.parquet") for part in ("train", "validation", "test")}


def test_original_files(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    earlier, later = write_original(source)
    assert set(prepare(source, out)) == set(source.iterdir())
    parts = read_tables(out)
    days = {part: (table["date"].min(), table["date"].max()) for part, table in parts.items()}
    assert days == kuairand.SPLITS
    whole = pl.concat(parts.values())
    kept = later.filter(pl.col("date").is_between(20220425, 20220505)).sort("time_ms")
    assert kept.height > 300
    assert whole.select(list(LOG_COLUMNS)).equals(kept)
    shown = pl.concat([earlier, later.filter(pl.col("date") < 20220425)])
    assert shown.group_by("user_id").len()["len"].max() > 50  # type: ignore[operator]
    for column, flag in (("watch_seq", None), ("like_seq", "is_like"), ("long_watch_seq", "long_view")):
        expected = brute_histories(shown, flag)
        assert dict(whole.select("user_id", column).iter_rows()) == {user: expected[user] for user in whole["user_id"]}
    features = whole.select(set(USER_COLUMNS) | set(VIDEO_COLUMNS))
    joined = kept.join(made_users(), on="user_id").join(made_videos(), on="video_id").sort("time_ms")
    assert features.equals(joined.select(features.columns))


@pytest.mark.parametrize("form", ["data folder", "KuaiRand-Pure folder", "archive"])
def test_every_place_of_the_original_files_gives_the_same_tables(tmp_path: Path, form: str) -> None:
    plain, other = tmp_path / "plain", tmp_path / "other"
    folder = other / {"data folder": "data", "KuaiRand-Pure folder": "KuaiRand-Pure/data", "archive": "."}[form]
    for path in (plain, folder, tmp_path / "out1", tmp_path / "out2"):
        path.mkdir(parents=True)
    write_original(plain)
    if form == "archive":
        with tarfile.open(other / "KuaiRand-Pure.tar.gz", "w:gz") as tar:
            tar.add(plain, "KuaiRand-Pure/data")
    else:
        write_original(folder)
    prepare(plain, tmp_path / "out1")
    prepare(other, tmp_path / "out2")
    for part, table in read_tables(tmp_path / "out1").items():
        assert pl.read_parquet(tmp_path / "out2" / f"{part}.parquet").equals(table)


def write_parquet(folder: Path, log: pl.DataFrame, histories: pl.DataFrame) -> None:
    tables = (log, made_users(), made_videos(), histories)
    for name, table in zip(kuairand.PARQUET, tables, strict=True):
        table.write_parquet(folder / f"{name}.parquet")


HISTORIES = pl.DataFrame(
    {"user_id": [3, 5], "watch_seq": [[1, 2], [3]], "like_seq": [[], [3]], "long_watch_seq": [[2], []]},
    schema=kuairand.HISTORY_COLUMNS,
)


def test_join_keeps_every_impression_once_and_in_order(tmp_path: Path) -> None:
    log = made_log(500, (20220425, 20220505), 3).sort("time_ms")
    unknown = pl.lit(999, pl.Int64)
    log = log.with_columns(pl.when(pl.col("user_id") == 1).then(unknown).otherwise("user_id").alias("user_id"))
    log = log.with_columns(pl.when(pl.col("video_id") == 1).then(unknown).otherwise("video_id").alias("video_id"))
    write_parquet(tmp_path, log.cast({"user_id": pl.Int32, "video_id": pl.Int32}), HISTORIES)
    prepare(tmp_path, tmp_path)
    whole = pl.concat(read_tables(tmp_path).values())
    assert whole.select(list(LOG_COLUMNS)).equals(log)
    assert (whole["user_id"] == 999).any()
    assert whole.filter(pl.col("user_id") == 999)["fans_user_num_range"].null_count() > 0
    assert whole.filter(pl.col("video_id") == 999)["tag"].null_count() > 0
    known = whole["user_id"].is_in([3, 5])
    assert (whole["watch_seq"].is_not_null() == known).all()
    assert whole.filter(pl.col("user_id") == 3)["like_seq"][0].to_list() == []


def test_derived_columns(tmp_path: Path) -> None:
    log = made_log(500, (20220425, 20220505), 4).sort("time_ms")
    write_parquet(tmp_path, log, HISTORIES)
    prepare(tmp_path, tmp_path)
    for row in pl.concat(read_tables(tmp_path).values()).iter_rows(named=True):
        ratio = min(row["play_time_ms"] / row["duration_ms"], 5.0) if row["duration_ms"] > 0 else None
        assert row["watch_ratio"] == pytest.approx(ratio)
        assert row["hour"] == row["hourmin"] / 100
        since_25_april = row["date"] - (20220425 if row["date"] < 20220500 else 20220501 - 6)
        assert row["weekday"] == since_25_april % 7 + 1  # 25 April 2022 was a Monday
        assert row["video_age_days"] == max(0, since_25_april + (15 if row["upload_dt"] == "2022-04-10" else -3))


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 9), st.integers(0, 1), st.integers(0, 1)),
        max_size=200,
    )
)
def test_histories_against_a_loop(rows: list[tuple[int, int, int, int, int]]) -> None:
    names = ("user_id", "video_id", "time_ms", "is_like", "long_view")
    log = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64), orient="row").sort("time_ms", maintain_order=True)
    found = kuairand.build_histories(log)
    for column, flag in (("watch_seq", None), ("like_seq", "is_like"), ("long_watch_seq", "long_view")):
        assert dict(found.select("user_id", column).iter_rows()) == brute_histories(log, flag)


@pytest.mark.parametrize("name", kuairand.PARQUET[1:])
def test_rows_that_would_multiply_impressions(tmp_path: Path, name: str) -> None:
    write_parquet(tmp_path, made_log(50, (20220425, 20220505), 5), HISTORIES)
    path = tmp_path / f"{name}.parquet"
    table = pl.read_parquet(path)
    pl.concat([table, table[:1]]).write_parquet(path)
    with pytest.raises(DataError, match="do not fit together"):
        prepare(tmp_path, tmp_path)


def test_source_without_the_files(tmp_path: Path) -> None:
    (tmp_path / "interactions.parquet").touch()
    with pytest.raises(DataError, match=r"user_features\.parquet.*pure\.csv.*KuaiRand-Pure\.tar\.gz.* none of these"):
        prepare(tmp_path, tmp_path)


def test_damaged_archive(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    tarfile.open(fileobj=buffer, mode="w:gz").close()
    (tmp_path / "KuaiRand-Pure.tar.gz").write_bytes(buffer.getvalue())
    with pytest.raises(DataError, match=r"should hold 'log_standard_4_08_to_4_21_pure\.csv'"):
        prepare(tmp_path, tmp_path)


def test_real_tables(real_data: Path, tmp_path: Path) -> None:
    prepare(real_data / "kuairand_pure", tmp_path)
    parts = read_tables(tmp_path)
    assert {p: (t["date"].min(), t["date"].max(), t["date"].n_unique()) for p, t in parts.items()} == {
        "train": (20220425, 20220502, 8),
        "validation": (20220503, 20220503, 1),
        "test": (20220504, 20220505, 2),
    }
    whole = pl.concat(parts.values())
    given_log = pl.read_parquet(real_data / "kuairand_pure" / "interactions.parquet")
    for part, days in kuairand.SPLITS.items():
        expected = given_log.filter(pl.col("date").is_between(*days))
        assert (
            parts[part]
            .select(list(LOG_COLUMNS))
            .equals(expected.select(pl.col(name).cast(dtype) for name, dtype in LOG_COLUMNS.items()))
        )
    assert whole.height == given_log.height
    # SOURCE.md states the shares over 25 April to 8 May; three of these days are not in the table.
    published = {"is_click": 0.442, "long_view": 0.311, "is_profile_enter": 0.0185, "is_like": 0.0171}
    for label, share in published.items():
        assert whole.select(LABELS[label].mean()).item() == pytest.approx(share, rel=0.04)
    ratio = whole["watch_ratio"]
    assert (ratio.is_null() == (whole["duration_ms"] <= 0)).all()
    assert ratio.min() == 0.0
    assert ratio.max() == 5.0
    for column in ("user_active_degree", "author_id", "video_age_days"):
        assert whole[column].null_count() == 0
    with_history = pl.read_parquet(real_data / "kuairand_pure" / "user_history_to_20220424.parquet")["user_id"]
    assert (whole["watch_seq"].is_null() == ~whole["user_id"].is_in(with_history.implode())).all()
