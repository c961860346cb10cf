"""From a log to an experiment file that check accepts and train trains."""

import gzip
import os
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from logs import ads_log, flights, ratings, sittings
from support import log_table
from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import DataError, ExperimentError, RunError
from taskfusion.config.experiment import Experiment, read_experiment
from taskfusion.datasets.public.prepare import prepare_dataset
from taskfusion.datasets.simulate.feed import simulate_feed
from taskfusion.datasets.simulate.settings import TASKS, FeedSettings
from taskfusion.inspect.check.experiment import check_experiment
from taskfusion.inspect.init import experiment as inferred
from taskfusion.inspect.init.entry import Inferred
from taskfusion.inspect.init.experiment import write_inferred
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run
from taskfusion.schema.split import LastRowsSplit, RandomSplit, TimeSplit


def _guess(table: pl.DataFrame | Path, folder: Path, named: Sequence[str] = ()) -> tuple[Inferred, Experiment]:
    """The guess, and the experiment of the file that it wrote."""
    path = table if isinstance(table, Path) else folder / "log.parquet"
    if isinstance(table, pl.DataFrame):
        table.write_parquet(path)
    found = write_inferred(path, folder / "experiment.yaml", named)
    return found, read_experiment(folder / "experiment.yaml")


def _accept(experiment: Experiment, folder: Path) -> list[str]:
    """What check warns of; it raises where training would fail."""
    assert experiment.data is not None
    return [
        warning["check"] for warning in check_experiment(experiment, read_tables(experiment.data, folder))["warnings"]
    ]


def _places(found: Inferred) -> dict[str, str]:
    groups = {
        "feature": found.features,
        "question": found.questions,
        "task": found.tasks,
        "proposal": found.proposals,
        "left out": found.left_out,
    }
    return {entry.column: place for place, entries in groups.items() for entry in entries}


def _split(experiment: Experiment) -> object:
    assert experiment.data is not None
    return experiment.data.split


@pytest.fixture(scope="module")
def ads() -> pl.DataFrame:
    return ads_log()


def test_every_column_of_an_ads_log_has_its_place(ads: pl.DataFrame, tmp_path: Path) -> None:
    found, experiment = _guess(ads, tmp_path)
    places = _places(found)
    assert sorted(places) == sorted(ads.columns)
    assert {column for column, place in places.items() if place == "feature"} == {
        *("customer_id", "ad_id", "campaign_id", "ad_price", "genres", "position", "is_mobile", "recent_ads"),
        "customer_ctr_7d",
    }
    assert [task.name for task in experiment.tasks] == ["click", "conversion", "revenue", "subscribed"]
    assert {column for column, place in places.items() if place == "proposal"} == {
        "dwell_seconds",
        "click_time",
        "hate",
    }
    assert experiment.group == "customer_id"
    assert _split(experiment) == TimeSplit(kind="time", column="event_date")
    roles = {feature.name: feature.role for feature in experiment.features}
    assert roles == {
        **dict.fromkeys(("customer_id", "recent_ads", "customer_ctr_7d"), "user"),
        **dict.fromkeys(("ad_id", "campaign_id", "ad_price", "genres"), "item"),
        **dict.fromkeys(("position", "is_mobile", "event_date_weekday"), "context"),
    }
    settings = {entry.settings["name"]: entry.settings for entry in found.features}
    assert settings["recent_ads"]["share_with"] == "ad_id"
    assert settings["ad_price"]["transform"] == "log_standardize"
    assert _accept(experiment, tmp_path) == ["few_labels"]


def test_a_csv_file_is_read_as_well(ads: pl.DataFrame, tmp_path: Path) -> None:
    ads.write_csv(tmp_path / "log.csv")
    found, experiment = _guess(tmp_path / "log.csv", tmp_path)
    (tmp_path / "other").mkdir()
    assert _places(found) == _places(_guess(ads, tmp_path / "other")[0])
    _accept(experiment, tmp_path)


def test_the_file_trains_without_a_touch(tmp_path: Path) -> None:
    _, experiment = _guess(ratings(), tmp_path)
    assert experiment.data is not None
    short = experiment.model_copy(
        update={"training": experiment.training.model_copy(update={"epochs": 1, "threads": 1})}
    )
    directory = train_run(
        short, read_tables(experiment.data, tmp_path), tmp_path / "run", resume=False, progress=Silent()
    )
    assert directory.is_finished
    assert [(task.name, task.kind) for task in experiment.tasks] == [("rating", "regression")]
    assert [(f.name, f.role) for f in experiment.features] == [
        *(("userId", "user"), ("movieId", "item")),
        *(("timestamp_hour", "context"), ("timestamp_weekday", "context")),
    ]


def test_users_of_one_sitting_are_split_by_their_last_rows(tmp_path: Path) -> None:
    found, experiment = _guess(sittings(), tmp_path)
    assert _split(experiment) == LastRowsSplit(kind="last_rows", group="user", column="timestamp")
    assert "By each user's last rows" in (tmp_path / "experiment.yaml").read_text()
    assert [entry.settings["label"] for entry in found.derived] == ["rating >= 4", "rating <= 2"]
    assert _accept(experiment, tmp_path) == []


def test_outcomes_of_a_flight_are_no_features(tmp_path: Path) -> None:
    flights().write_csv(tmp_path / "flights.csv", null_value="NA")
    found, experiment = _guess(tmp_path / "flights.csv", tmp_path)
    assert _split(experiment) == TimeSplit(kind="time", column="time_hour")
    assert [task.name for task in experiment.tasks] == ["dep_delay", "arr_delay"]
    places = _places(found)
    assert {column for column, place in places.items() if place == "left out"} == {
        *("year", "dep_time", "air_time", "time_hour"),
    }
    assert [entry.column for entry in found.doubts] == ["sched_dep_time", "flight"]
    assert _accept(experiment, tmp_path) == []


@pytest.mark.parametrize("name", ["log.tsv", "log.jsonl"])
def test_tables_of_other_kinds_are_read_as_csv_is(ads: pl.DataFrame, name: str, tmp_path: Path) -> None:
    write = {"log.tsv": partial(pl.DataFrame.write_csv, separator="\t"), "log.jsonl": pl.DataFrame.write_ndjson}
    write[name](ads, tmp_path / name)  # type: ignore[operator]
    found, experiment = _guess(tmp_path / name, tmp_path)
    (tmp_path / "other").mkdir()
    assert _places(found) == _places(_guess(ads, tmp_path / "other")[0])
    _accept(experiment, tmp_path)


def test_columns_of_all_types_are_trained_on(ads: pl.DataFrame, tmp_path: Path) -> None:
    table = ads.select("event_date", "customer_id", "ad_id", "click").with_columns(
        cost=pl.Series([Decimal(k % 7) / 4 for k in range(len(ads))], dtype=pl.Decimal(10, 2)),
        dwell_span=pl.duration(seconds=pl.int_range(pl.len()) % 90),
        ad_key=pl.col("ad_id").cast(pl.UInt64) + 2**63,
        place=pl.struct(city=pl.col("ad_id") % 5, shade=pl.int_range(pl.len()).cast(pl.String).str.slice(-1)),
    )
    found, experiment = _guess(table, tmp_path, ["click", "dwell_span"])
    assert {feature.name: feature.kind for feature in experiment.features} == {
        **dict.fromkeys(("customer_id", "ad_id", "ad_key", "place.city", "place.shade"), "categorical"),
        "event_date_weekday": "categorical",
        "cost": "numeric",
    }
    assert {entry.column for entry in found.left_out} == {"event_date", "place"}
    _accept(experiment, tmp_path)


def test_ids_that_do_not_come_back_are_left_out(ads: pl.DataFrame, tmp_path: Path) -> None:
    passing = ads.with_columns(batch=pl.int_range(pl.len()) // 40 * 7919 % 1009).cast({"batch": pl.String})
    found, _ = _guess(passing, tmp_path)
    notes = {entry.column: entry.note for entry in found.left_out}
    assert "values that do not come back: most in validation stand in no training row" in notes["batch"]


def test_a_feature_that_gives_a_label_away_is_left_out(tmp_path: Path) -> None:
    found, experiment = _guess(log_table(2000), tmp_path)
    reasons = {entry.column: entry.note for entry in found.left_out}
    assert "it looks like a leak: alone it predicts 'click' with AUC 1.000" in reasons["seconds"]
    assert set(reasons) == {"seconds", "reaction", "time"}
    assert _accept(experiment, tmp_path) == []


def test_a_simulated_feed_has_its_truths(tmp_path: Path) -> None:
    simulate_feed(FeedSettings(rows=12_000, num_users=500, num_items=500, rates={"dislike": 0.02}), tmp_path)
    found, experiment = _guess(tmp_path / "train.parquet", tmp_path)
    assert {task.name: task.truth for task in experiment.tasks} == {task: f"true_{task}" for task in TASKS}
    assert not {feature.source for feature in experiment.features} & {f"true_{task}" for task in TASKS}
    assert {entry.column for entry in found.left_out} == {"time", "day"}
    assert experiment.data is not None
    assert experiment.data.validation == "validation.parquet"
    shared = {f.name: f.share_with for f in experiment.features if f.kind == "sequence"}
    assert shared == {"watch_history": "item_id"}
    _accept(experiment, tmp_path)


def test_kuairand(real_data: Path, tmp_path: Path) -> None:
    if not (real_data / "kuairand_pure").is_dir():
        pytest.skip("no KuaiRand among the real data")
    prepare_dataset("kuairand", out=tmp_path / "kuairand", source=real_data / "kuairand_pure")
    found, experiment = _guess(tmp_path / "kuairand" / "train.parquet", tmp_path)
    places = _places(found)
    deeds = ("click", "like", "follow", "comment", "forward", "hate", "profile_enter")
    assert {column for column, place in places.items() if place == "task"} == {
        *(f"is_{deed}" for deed in deeds),
        *("long_view", "watch_ratio"),
    }
    assert {column for column, place in places.items() if place == "proposal"} == {
        *("play_time_ms", "profile_stay_time", "comment_stay_time"),
    }
    shipped = read_experiment(Path(__file__).parents[3] / "configs" / "kuairand.yaml")
    kinds = {f.name: (f.kind, f.role) for f in experiment.features}
    differing = {f.name for f in shipped.features if kinds[f.name] != (f.kind, f.role)}
    assert differing == {"server_width", "server_height"}
    assert set(kinds) - {f.name for f in shipped.features} == {"hourmin", "duration_ms"}
    assert set(_accept(experiment, tmp_path)) <= {"few_labels", "missing_feature"}


def test_census_income_needs_its_labels_named(real_data: Path, tmp_path: Path) -> None:
    if not (real_data / "census_income").is_dir():
        pytest.skip("no Census-Income among the real data")
    prepare_dataset("census-income", out=tmp_path / "census", source=real_data / "census_income")
    table = tmp_path / "census" / "train.parquet"
    with pytest.raises(ExperimentError, match=r"columns with two values are sex, year, income_50k; name each .*--task"):
        _guess(table, tmp_path)
    found, experiment = _guess(table, tmp_path, ["income_50k"])
    assert [(task.name, task.label) for task in experiment.tasks] == [("income_50k", "income_50k = '50000+.'")]
    assert [entry.column for entry in found.left_out] == ["instance_weight"]
    assert set(_accept(experiment, tmp_path)) <= {"repeated_rows"}


def test_named_labels_are_the_only_tasks(ads: pl.DataFrame, tmp_path: Path) -> None:
    found, experiment = _guess(ads, tmp_path, ["conversion", "position"])
    assert [(task.name, task.kind) for task in experiment.tasks] == [
        ("position", "regression"),
        ("conversion", "binary"),
    ]
    assert {"click", "revenue", "subscribed"} <= {entry.column for entry in found.proposals}


def test_without_a_usable_time_the_split_is_at_random(ads: pl.DataFrame, tmp_path: Path) -> None:
    crooked = ads.with_columns(pl.col("event_date").str.replace(r"(\d+)-(\d+)-(\d+)", "$3/$2/$1"))
    found, experiment = _guess(crooked, tmp_path)
    assert _split(experiment) == RandomSplit(kind="random")
    assert "not written like 2024-01-31" in {entry.column: entry.note for entry in found.left_out}["event_date"]
    _accept(experiment, tmp_path)


def test_the_coarser_time_is_taken_where_the_finer_one_has_gaps(ads: pl.DataFrame, tmp_path: Path) -> None:
    gaps = ads.with_row_index("n").with_columns(timestamp=pl.when(pl.col("n") != 5).then(pl.col("n") + 10**9)).drop("n")
    _, experiment = _guess(gaps, tmp_path)
    assert _split(experiment) == TimeSplit(kind="time", column="event_date")


def test_only_the_first_rows_are_looked_at(ads: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inferred, "SAMPLE_ROWS", 1000)
    found, _ = _guess(ads.with_columns(late=(pl.int_range(pl.len()) >= 1000).cast(pl.Int8)), tmp_path)
    assert (found.rows, found.is_whole) == (1000, False)
    assert "always 0 in the sample" in {entry.column: entry.note for entry in found.left_out}["late"]


def test_paths_are_relative_to_the_file(ads: pl.DataFrame, tmp_path: Path) -> None:
    ads.write_parquet(tmp_path / "log.parquet")
    out = tmp_path / "configs" / "deep" / "experiment.yaml"
    found = write_inferred(tmp_path / "log.parquet", out)
    assert found.data["table"] == "../../log.parquet"
    data = read_experiment(out).data
    assert data is not None
    assert data.table == "../../log.parquet"


def test_names_with_blanks_survive(tmp_path: Path) -> None:
    table = ads_log(1000).rename({"customer_id": "Customer ID", "click": "is click?", "ad_price": "price, €"})
    _, experiment = _guess(table, tmp_path)
    assert experiment.group == "Customer ID"
    assert experiment.tasks[0].name == "is_click_"
    assert {"Customer_ID", "price_"} <= {feature.name for feature in experiment.features}
    _accept(experiment, tmp_path)


def test_an_outcome_of_an_unknown_name_is_no_feature(tmp_path: Path) -> None:
    table = ads_log(1000).rename({"click": "tapped", "conversion": "геклик"})
    found, experiment = _guess(table, tmp_path)
    assert [entry.column for entry in found.questions] == ["tapped", "геклик"]
    assert not {"tapped", "геклик"} & {feature.source for feature in experiment.features}
    text = (tmp_path / "experiment.yaml").read_text(encoding="utf-8")
    question = "# outcome or known before? name it a task, or take the '#' away\n"
    assert f"  # - {{name: tapped, kind: categorical, role: context}}  {question}" in text
    assert "  # - {name: column_18, column: геклик, kind: categorical, role: context}\n" in text


def test_iso_times_of_any_name_split_the_table(ads: pl.DataFrame, tmp_path: Path) -> None:
    _, experiment = _guess(ads.rename({"event_date": "wann"}), tmp_path)
    assert _split(experiment) == TimeSplit(kind="time", column="wann")
    assert [feature.name for feature in experiment.features if feature.source == "wann"] == ["wann_weekday"]


def test_a_column_called_a_time_goes_before_a_finer_one_that_looks_like_one(ads: pl.DataFrame, tmp_path: Path) -> None:
    table = ads.with_columns(wann="2024-01-01 10:" + pl.int_range(pl.len()).mod(60).cast(pl.String).str.zfill(2))
    _, experiment = _guess(table, tmp_path)
    assert _split(experiment) == TimeSplit(kind="time", column="event_date")


@pytest.mark.parametrize(("separator", "name"), [(";", "';'"), ("\t", "tabs"), ("|", r"'\|'")])
@pytest.mark.parametrize("cell", ["1", "1,5"])
@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_a_csv_with_another_separator(separator: str, name: str, cell: str, ending: str, tmp_path: Path) -> None:
    lines = [separator.join(line) for line in (["user_id", "price", "click"], *([["7", cell, "1"]] * 20))]
    content = "\n".join(lines).encode()
    (tmp_path / f"log.{ending}").write_bytes(gzip.compress(content) if ending == "csv.gz" else content)
    with pytest.raises(DataError, match=f"seems to be separated by {name}, but a CSV is read with ','") as told:
        _guess(tmp_path / f"log.{ending}", tmp_path)
    assert ("or call it .tsv" in str(told.value)) == (separator == "\t")
    assert os.listdir(tmp_path) == [f"log.{ending}"]


def test_columns_of_every_type(tmp_path: Path) -> None:
    rows = 600
    rng = np.random.default_rng(0)
    small, text = rng.integers(0, 3, rows), rng.choice(list("abc"), rows)
    table = pl.DataFrame(
        {
            "click": rng.integers(0, 2, rows).astype(bool),
            "share": np.where(rng.random(rows) < 0.2, np.nan, rng.integers(0, 2, rows)),
            "purchase": pl.Series(rng.choice(["y", "n"], rows)).cast(pl.Categorical),
            "uid": (np.arange(rows, dtype=np.uint64) % 30) + np.uint64(2**63),
            "enum": pl.Series(text).cast(pl.Enum(["a", "b", "c"])),
            "decimal": pl.Series(rng.integers(0, 999, rows)).cast(pl.Decimal(9, 2)),
            "moment": pl.datetime_range(
                datetime(2024, 1, 1), datetime(2024, 1, 26), "1h", time_zone="Asia/Tokyo", eager=True
            ).head(rows),
            "array": pl.Series(rng.integers(0, 9, (rows, 3)), dtype=pl.Array(pl.Int64, 3)),
            "vector": pl.Series(rng.normal(size=(rows, 3)), dtype=pl.Array(pl.Float64, 3)),
            "categories": pl.Series([[value] for value in text]).cast(pl.List(pl.Categorical)),
            "flags": [[bool(value)] for value in small],
            "nested": [[[int(value)]] for value in small],
            "records": [{"a": int(value)} for value in small],
            "bytes": [bytes([value]) for value in small],
            "empty": pl.Series([[]] * rows, dtype=pl.List(pl.Int64)),
            "nan": [float("nan")] * rows,
            "yes": small,
            "null": small,
            "a: b #c": small,
            "a\nb": small,
        }
    )
    found, experiment = _guess(table, tmp_path)
    left_out = {"moment", "vector", "nested", "records", "bytes", "empty", "nan"}
    assert {entry.column for entry in found.left_out} == left_out
    other = left_out - {"moment"} | {"click", "share", "purchase"}  # moment is read for its hour and weekday
    assert {f.source for f in experiment.features} == {*table.columns, "records.a"} - other
    _accept(experiment, tmp_path)


def test_a_file_that_exists_is_not_touched(ads: pl.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "experiment.yaml").write_text("mine")
    with pytest.raises(RunError, match=r"experiment.yaml' exists already"):
        _guess(ads, tmp_path)
    assert (tmp_path / "experiment.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("table", "named", "error", "message"),
    [
        (pl.DataFrame({"a": ["x", "y", "z"] * 9}), [], ExperimentError, "no column has two values"),
        (pl.DataFrame({"a": ["x", "y", "z"] * 9}), ["b"], DataError, r"column 'b' is named as a task, but .* lacks it"),
        (pl.DataFrame({"click": [0, 1] * 50, "b": [1] * 100}), [], ExperimentError, r"none is of use \(b: always 1\)"),
        (
            pl.DataFrame({"click": [0, 1] * 99, "b": ["x", "y"] * 99}),
            [],
            ExperimentError,
            r"none is of use \(b: it looks like a leak",
        ),
    ],
)
def test_tables_without_what_is_needed(
    table: pl.DataFrame, named: list[str], error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        _guess(table, tmp_path, named)
    assert os.listdir(tmp_path) == ["log.parquet"]


def test_a_missing_table(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        write_inferred(tmp_path / "log.parquet", tmp_path / "experiment.yaml")
    assert os.listdir(tmp_path) == []
