"""KuaiRand-Pure (Gao et al., CIKM 2022): one row per impression of the standard feed, split by date."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import polars as pl
from polars.exceptions import PolarsError

from taskfusion.base.errors import DataError
from taskfusion.datasets.public.download import RemoteFile
from taskfusion.datasets.public.source import Dtypes, one_line, read_columns, unpack

ARCHIVE = RemoteFile(
    name="KuaiRand-Pure.tar.gz",
    url="https://zenodo.org/records/10439422/files/KuaiRand-Pure.tar.gz",
    record_url="https://zenodo.org/api/records/10439422",
)
SPLITS = {"train": (20220425, 20220502), "validation": (20220503, 20220503), "test": (20220504, 20220505)}
HISTORY_LENGTH = 50
MAX_WATCH_RATIO = 5.0
LABELS = {name: pl.col(name) for name in ("is_click", "long_view", "is_like", "is_profile_enter", "watch_ratio")}

PARQUET = ("interactions", "user_features", "video_features_basic", "user_history_to_20220424")
LOGS = ("log_standard_4_08_to_4_21_pure.csv", "log_standard_4_22_to_5_08_pure.csv")
USERS = "user_features_pure.csv"
VIDEOS = "video_features_basic_pure.csv"

LOG_COLUMNS: Dtypes = {
    "user_id": pl.Int64,
    "video_id": pl.Int64,
    "date": pl.Int32,
    "hourmin": pl.Int32,
    "time_ms": pl.Int64,
    "is_click": pl.Int8,
    "is_like": pl.Int8,
    "is_follow": pl.Int8,
    "is_comment": pl.Int8,
    "is_forward": pl.Int8,
    "is_hate": pl.Int8,
    "long_view": pl.Int8,
    "is_profile_enter": pl.Int8,
    "play_time_ms": pl.Int32,
    "duration_ms": pl.Int32,
    "profile_stay_time": pl.Int32,
    "comment_stay_time": pl.Int32,
    "is_rand": pl.Int8,
    "tab": pl.Int8,
}
USER_COLUMNS: Dtypes = {
    "user_id": pl.Int64,
    "user_active_degree": pl.String,
    "is_lowactive_period": pl.Int32,
    "is_live_streamer": pl.Int32,
    "is_video_author": pl.Int32,
    "follow_user_num": pl.Int32,
    "follow_user_num_range": pl.String,
    "fans_user_num": pl.Int32,
    "fans_user_num_range": pl.String,
    "friend_user_num": pl.Int32,
    "friend_user_num_range": pl.String,
    "register_days": pl.Int32,
    "register_days_range": pl.String,
    **{f"onehot_feat{i}": pl.Int32 for i in range(18)},
}
VIDEO_COLUMNS: Dtypes = {
    "video_id": pl.Int64,
    "author_id": pl.Int64,
    "video_type": pl.String,
    "upload_dt": pl.String,
    "upload_type": pl.String,
    "visible_status": pl.Int32,
    "video_duration": pl.Int32,
    "server_width": pl.Int32,
    "server_height": pl.Int32,
    "music_id": pl.Int64,
    "music_type": pl.Int32,
    "tag": pl.String,
}
HISTORY_COLUMNS: Dtypes = {
    "user_id": pl.Int64,
    "watch_seq": pl.List(pl.Int64),
    "like_seq": pl.List(pl.Int64),
    "long_watch_seq": pl.List(pl.Int64),
}


class Tables(NamedTuple):
    """Impressions in order of time, and what is known of their users and videos."""

    log: pl.DataFrame
    users: pl.DataFrame
    videos: pl.DataFrame
    histories: pl.DataFrame


def prepare(source: Path, out: Path) -> tuple[Path, ...]:
    """Write train (25 April to 2 May), validation (3 May) and test.parquet (4 and 5 May), sorted by time.

    Args:
        source: folder with the four Parquet files, or with the publisher's CSV files (in it or in its folder data),
            or with the publisher's archive.
        out: as in Dataset.prepare, and so are what is returned and raised.
    """
    files, tables = _read(source)
    try:
        table = join(tables)
    except PolarsError as error:
        raise DataError(
            f"the tables of '{source}' do not fit together ({one_line(error)}); fetch them again"
        ) from error
    for split, days in SPLITS.items():
        table.filter(pl.col("date").is_between(*days)).write_parquet(out / f"{split}.parquet")
    return files


def join(tables: Tables) -> pl.DataFrame:
    """The impressions, row for row, with what is known of their user and video, and the derived columns.

    Derived: hour (0..23), weekday (1 Monday .. 7 Sunday), video_age_days (days from upload to impression, >= 0) and
    watch_ratio (play time over duration, capped at 5, null where the duration is unknown).
    """
    day = pl.col("date").cast(pl.String).str.to_date("%Y%m%d")
    uploaded = pl.col("upload_dt").str.to_date("%Y-%m-%d")
    ratio = pl.col("play_time_ms") / pl.col("duration_ms")
    return (
        tables.log.join(tables.users, on="user_id", how="left", validate="m:1", maintain_order="left")
        .join(tables.videos, on="video_id", how="left", validate="m:1", maintain_order="left")
        .join(tables.histories, on="user_id", how="left", validate="m:1", maintain_order="left")
        .with_columns(
            hour=(pl.col("hourmin") // 100).cast(pl.Int8),
            weekday=day.dt.weekday(),
            video_age_days=(day - uploaded).dt.total_days().clip(lower_bound=0).cast(pl.Int32),
            watch_ratio=pl.when(pl.col("duration_ms") > 0).then(ratio.clip(upper_bound=MAX_WATCH_RATIO)),
        )
    )


def _read(source: Path) -> tuple[tuple[Path, ...], Tables]:
    """The files that were found, and the tables read from them."""
    parquet = tuple(source / f"{name}.parquet" for name in PARQUET)
    if all(path.is_file() for path in parquet):
        columns = (LOG_COLUMNS, USER_COLUMNS, VIDEO_COLUMNS, HISTORY_COLUMNS)
        return parquet, Tables(*(read_columns(path, dtypes) for path, dtypes in zip(parquet, columns, strict=True)))
    for folder in (source, source / "data", source / "KuaiRand-Pure" / "data"):
        files = tuple(folder / name for name in (*LOGS, USERS, VIDEOS))
        if all(path.is_file() for path in files):
            return files, _read_original(folder)
    archive = source / ARCHIVE.name
    if not archive.is_file():
        raise DataError(
            f"'{source}' should hold {', '.join(f'{name}.parquet' for name in PARQUET)}, or {', '.join(LOGS)}, {USERS} "
            f"and {VIDEOS} (in it or in its folder data), or {ARCHIVE.name}, but holds none of these; fetch them, or "
            f"leave --from out"
        )
    with tempfile.TemporaryDirectory() as unpacked:
        unpack(archive, (*LOGS, USERS, VIDEOS), Path(unpacked))
        return (archive,), _read_original(Path(unpacked))


def _read_original(folder: Path) -> Tables:
    whole = pl.concat(read_columns(folder / name, LOG_COLUMNS) for name in LOGS)
    whole = whole.unique(maintain_order=True).sort("time_ms", maintain_order=True)
    first, last = SPLITS["train"][0], SPLITS["test"][1]
    return Tables(
        log=whole.filter(pl.col("date").is_between(first, last)),
        users=read_columns(folder / USERS, USER_COLUMNS),
        videos=read_columns(folder / VIDEOS, VIDEO_COLUMNS),
        histories=build_histories(whole.filter(pl.col("date") < first)),
    )


def build_histories(log: pl.DataFrame) -> pl.DataFrame:
    """Each user's last 50 videos shown, liked and watched long, oldest first, from a log in order of time.

    Every impression counts as watched, clicked or not: in the Parquet copy the history_len of all users together is
    1,208,280, which is about all impressions before 25 April, where fewer than half were clicked.
    """
    video = pl.col("video_id")
    return log.group_by("user_id", maintain_order=True).agg(
        watch_seq=video.tail(HISTORY_LENGTH),
        like_seq=video.filter(pl.col("is_like") == 1).tail(HISTORY_LENGTH),
        long_watch_seq=video.filter(pl.col("long_view") == 1).tail(HISTORY_LENGTH),
    )
