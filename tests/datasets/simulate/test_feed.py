"""The simulated feed: its rates, its truth, its correlations, and that it is written whole and alike every time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from taskfusion.base.errors import DataError, ExperimentError, StorageError
from taskfusion.config.experiment import read_experiment
from taskfusion.datasets.simulate.feed import KUAIRAND_RATES, SPLITS, TASKS, FeedSettings, FeedSummary, simulate_feed
from taskfusion.datasets.simulate.outcome import Outcomes, draw_outcomes
from taskfusion.datasets.simulate.world import build_world
from taskfusion.schema.feature import NumericFeature

FloatArray = NDArray[np.float64]
CONFIG = Path(__file__).parents[3] / "configs" / "feed-simulated.yaml"
BINARY = tuple(task for task in TASKS if task != "watch_ratio")
SMALL = FeedSettings(rows=50_000, num_users=1_000, num_items=600)
TINY = FeedSettings(rows=40_000, num_users=500, num_items=500, days=5)


class Feed:
    """A simulated feed, read back."""

    def __init__(self, settings: FeedSettings, out: Path) -> None:
        self.settings = settings
        self.out = out
        self.summary: FeedSummary = simulate_feed(settings, out)
        self.splits = read(out)
        self.rows = pl.concat(list(self.splits.values()))

    def known(self, task: str) -> tuple[FloatArray, FloatArray]:
        """Labels and truth of the rows with a known label."""
        rows = self.rows.filter(pl.col(task).is_not_null())
        return rows[task].cast(pl.Float64).to_numpy(), rows[f"true_{task}"].cast(pl.Float64).to_numpy()


def read(out: Path) -> dict[str, pl.DataFrame]:
    return {part: pl.read_parquet(out / f"{part}.parquet") for part in SPLITS}


def logit(probability: FloatArray) -> FloatArray:
    odds: FloatArray = np.log(probability) - np.log1p(-probability)
    return odds


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    return Feed(SMALL, tmp_path_factory.mktemp("simulated") / "feed")


# Rates


@pytest.mark.parametrize("task", TASKS)
def test_rates_are_those_of_kuairand(feed: Feed, task: str) -> None:
    labels, truth = feed.known(task)
    assert truth.mean() == pytest.approx(KUAIRAND_RATES[task], rel=0.05)
    assert labels.mean() == pytest.approx(KUAIRAND_RATES[task], rel=0.15)


def test_summary_is_that_of_the_files(feed: Feed) -> None:
    assert feed.summary.rows == {part: table.height for part, table in feed.splits.items()}
    for task in TASKS:
        assert feed.summary.label_means[task] == pytest.approx(feed.known(task)[0].mean(), rel=1e-6)
        assert feed.summary.truth_means[task] == pytest.approx(feed.rows[f"true_{task}"].mean(), rel=1e-5)


def test_rates_can_be_chosen(tmp_path: Path) -> None:
    chosen = {"click": 0.2, "long_view": 0.05, "dislike": 0.03}
    summary = simulate_feed(FeedSettings(rows=20_000, num_users=500, num_items=500, rates=chosen), tmp_path / "feed")
    for task, rate in (dict(KUAIRAND_RATES) | chosen).items():
        assert summary.truth_means[task] == pytest.approx(rate, rel=0.07)


def test_labels_go_together_as_in_kuairand(feed: Feed, real_data: Path) -> None:
    path = real_data / "kuairand_pure" / "interactions.parquet"
    if not path.is_file():
        pytest.skip(f"no real data: '{path}' is missing")
    columns = ["is_click", "long_view", "watch_ratio", "is_like", "is_profile_enter"]
    ratio = (pl.col("play_time_ms") / pl.col("duration_ms")).clip(0, 5)
    real = pl.read_parquet(path).filter(pl.col("duration_ms") > 0).with_columns(watch_ratio=ratio).select(columns)
    simulated = feed.rows.select(TASKS[:5])
    real_values, values = real.to_numpy().astype(np.float64), simulated.to_numpy().astype(np.float64)
    np.testing.assert_allclose(np.corrcoef(values.T), np.corrcoef(real_values.T), atol=0.06)
    assert values[:, 2].std() == pytest.approx(real_values[:, 2].std(), rel=0.1)


# Truth


@pytest.mark.parametrize("task", TASKS)
def test_written_labels_are_draws_of_the_written_truth(feed: Feed, task: str) -> None:
    labels, truth = feed.known(task)
    for tenth in np.array_split(np.argsort(truth), 10):
        residual = labels[tenth] - truth[tenth]
        variance = residual**2 if task == "watch_ratio" else truth[tenth] * (1 - truth[tenth])
        assert abs(residual.sum()) / np.sqrt(variance.sum()) < 4


@pytest.mark.parametrize("task", BINARY)
@pytest.mark.parametrize(("scale", "shift"), [(1, 0.5), (1, -0.5), (0.7, 0), (1.4, 0)])
def test_no_perturbed_probability_beats_the_truth(feed: Feed, task: str, scale: float, shift: float) -> None:
    labels, truth = feed.known(task)
    score = logit(truth)
    centre = score.mean()
    perturbed = (score - centre) * scale + centre + shift

    def log_loss(scores: FloatArray) -> float:
        return float(np.mean(np.logaddexp(0, scores) - labels * scores))

    assert log_loss(score) < log_loss(perturbed)


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_no_perturbed_watch_ratio_beats_the_truth(feed: Feed, factor: float) -> None:
    labels, truth = feed.known("watch_ratio")
    assert np.mean((labels - truth) ** 2) < np.mean((labels - factor * truth) ** 2)
    assert np.mean((labels - truth) ** 2) < labels.var()


def test_outcomes_follow_the_story(feed: Feed) -> None:
    rows = feed.rows
    assert rows.filter((pl.col("click") == 0) & (pl.col("long_view") == 1)).height == 0
    assert rows.filter((pl.col("like") == 1) & (pl.col("dislike") == 1)).height == 0
    assert (rows["true_long_view"] < rows["true_click"]).all()
    assert rows["watch_ratio"].is_between(0, 5).all()
    assert all(rows[f"true_{task}"].is_between(0, 1, closed="none").all() for task in BINARY)
    assert rows.null_count().select(pl.exclude("age_band", "dislike")).row(0) == (0,) * (rows.width - 2)


def test_dislike_is_known_only_where_the_button_was_shown(feed: Feed, tmp_path: Path) -> None:
    assert (feed.rows["dislike"].is_not_null() == feed.rows["feedback_shown"]).all()
    assert feed.rows["feedback_shown"].mean() == pytest.approx(0.8, abs=0.01)
    always = FeedSettings(rows=1_000, num_users=500, num_items=500, feedback_shown=1.0)
    simulate_feed(always, tmp_path / "feed")
    assert sum(table["dislike"].null_count() for table in read(tmp_path / "feed").values()) == 0


# Who helps whom


def test_the_written_truth_correlates_as_set(feed: Feed) -> None:
    truth = {task: feed.rows[f"true_{task}"].cast(pl.Float64).to_numpy() for task in TASKS}
    own = {"click": truth["click"], "long_view": truth["long_view"] / truth["click"]}
    own["dislike"] = truth["dislike"] / (1 - truth["like"])
    places = [TASKS.index(task) for task in own]
    found = np.corrcoef([logit(probability) for probability in own.values()])
    np.testing.assert_allclose(found, feed.settings.correlations[np.ix_(places, places)], atol=0.06)


# Features


def test_ids_are_beyond_what_floats_hold(feed: Feed) -> None:
    authors = feed.rows["author_id"]
    assert authors.dtype == pl.Int64
    assert int(authors.to_numpy().min()) > 2**53
    assert authors.cast(pl.Float64).n_unique() < authors.n_unique() / 10


def test_interests_show_in_clicks_and_in_what_is_shown(feed: Feed) -> None:
    own = pl.col("interest_tags").list.set_intersection("item_tags").list.len() > 0
    rows = feed.rows.with_columns(own=own)
    matching, rest = rows.filter(pl.col("own")), rows.filter(~pl.col("own"))
    assert np.mean(matching["true_click"].to_numpy()) > np.mean(rest["true_click"].to_numpy()) + 0.1
    strangers = rows.select(pl.col("interest_tags").shuffle(seed=0), "item_tags").filter(own)
    assert matching.height > 1.5 * strangers.height


def test_exposure_is_uneven(feed: Feed) -> None:
    for column, top in (("item_id", 60), ("user_id", 100)):
        counts = feed.rows[column].value_counts(sort=True)["count"]
        assert counts.head(top).sum() > 0.25 * feed.rows.height


def test_histories_hold_videos_of_the_feed(feed: Feed) -> None:
    history = feed.rows.unique("user_id")["watch_history"]
    lengths = history.list.len().to_numpy()
    assert lengths.max() == 20
    assert lengths.mean() > 10
    items = build_world(SMALL).items.columns["item_id"].to_numpy()
    assert np.isin(history.explode().drop_nulls().to_numpy(), items).all()


def test_a_users_and_an_items_attributes_stay_the_same(feed: Feed) -> None:
    user = ["user_id", "age_band", "activity_level", "register_days", "interest_tags", "watch_history"]
    item = ["item_id", "author_id", "category", "item_tags", "duration_seconds"]
    for columns in (user, item):
        assert feed.rows.select(columns).unique().height == feed.rows[columns[0]].n_unique()
    for tags in ("interest_tags", "item_tags"):
        assert (feed.rows[tags].list.n_unique() == feed.rows[tags].list.len()).all()


def test_an_items_age_grows_with_time(feed: Feed) -> None:
    start = feed.rows["time"].dt.truncate("1d").min()
    elapsed = (pl.col("time") - pl.lit(start)).dt.total_milliseconds() / 86_400_000
    rows = feed.rows.with_columns(age_at_start=pl.col("item_age_days") - elapsed)
    spread = rows.group_by("item_id").agg(pl.col("age_at_start").max() - pl.col("age_at_start").min())["age_at_start"]
    assert float(spread.to_numpy().max()) < 0.001


def test_the_experiment_file_fits_the_feed(feed: Feed) -> None:
    experiment = read_experiment(CONFIG)
    assert experiment.table_schema.task_names == TASKS
    columns = set(feed.rows.columns)
    outcomes = {*TASKS, *(f"true_{task}" for task in TASKS)}
    sources = {feature.source for feature in experiment.features}
    assert sources <= columns - outcomes
    assert {str(task.truth) for task in experiment.tasks} == {f"true_{task}" for task in TASKS}
    numeric = {feature.source for feature in experiment.features if isinstance(feature, NumericFeature)}
    assert numeric == {"register_days", "duration_seconds", "item_age_days"}
    data = experiment.data
    assert data is not None
    for part, path in zip(SPLITS, (data.train, data.validation, data.test), strict=True):
        assert path == f"../data/feed/{part}.parquet"


# Time


@pytest.mark.parametrize(("days", "held_out"), [(3, 1), (10, 1), (28, 3)])
def test_parts_are_cut_between_days(days: int, held_out: int, tmp_path: Path) -> None:
    simulate_feed(FeedSettings(rows=40_000, num_users=500, num_items=500, days=days), tmp_path / "feed")
    parts = read(tmp_path / "feed")
    found = {part: set(table["day"].unique().to_list()) for part, table in parts.items()}
    assert found["test"] == set(range(days - held_out, days))
    assert found["validation"] == set(range(days - 2 * held_out, days - held_out))
    assert found["train"] == set(range(days - 2 * held_out))
    rows = pl.concat(list(parts.values()))
    assert rows.height == 40_000
    assert rows["time"].is_sorted()
    assert (rows["time"].dt.hour() == rows["hour"]).all()
    first = pl.lit(rows["time"].dt.date().min())
    assert rows.select(((pl.col("time").dt.date() - first).dt.total_days() == pl.col("day")).all()).item()


# The same every time, whole or not at all


def test_the_same_settings_give_the_same_feed_whatever_the_block(tmp_path: Path) -> None:
    summaries = [
        simulate_feed(TINY, tmp_path / name, block_rows=block_rows)
        for name, block_rows in (("one", 1), ("many", 10**7))
    ]
    assert summaries[0].rows == summaries[1].rows == {"train": 24_000, "validation": 8_000, "test": 8_000}
    assert summaries[0].label_means == pytest.approx(summaries[1].label_means)
    one, many = read(tmp_path / "one"), read(tmp_path / "many")
    assert all(one[part].equals(many[part]) for part in SPLITS)


def test_no_two_stretches_of_the_feed_are_drawn_alike(tmp_path: Path) -> None:
    cell = 32_768
    simulate_feed(FeedSettings(rows=2 * cell, num_users=500, num_items=500), tmp_path / "feed")
    users = pl.concat(list(read(tmp_path / "feed").values()))["user_id"].to_numpy()
    assert np.mean(users[:cell] == users[cell:]) < 0.05


def test_another_seed_gives_another_feed(tmp_path: Path) -> None:
    for seed in (0, 1):
        simulate_feed(FeedSettings(rows=1_000, num_users=500, num_items=500, seed=seed), tmp_path / str(seed))
    first, second = (read(tmp_path / str(seed))["train"] for seed in (0, 1))
    same = [name for name in first.columns if first[name].equals(second[name])]
    assert same == ["day"] or same == []


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def full_disk(logits: FloatArray, rng: np.random.Generator) -> Outcomes:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(28, "No space left on device")
        return draw_outcomes(logits, rng)

    monkeypatch.setattr("taskfusion.datasets.simulate.feed.draw_outcomes", full_disk)
    with pytest.raises(StorageError, match=r"feed' cannot be written: No space left on device"):
        simulate_feed(TINY, tmp_path / "feed", block_rows=1)
    assert calls == 2
    assert list(tmp_path.iterdir()) == []


def test_rates_out_of_reach_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"the rate of watch_ratio, 4\.9, cannot be reached"):
        simulate_feed(FeedSettings(rates={"watch_ratio": 4.9}), tmp_path / "feed")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    taken = tmp_path / "feed"
    taken.mkdir()
    (taken / "train.parquet").write_text("mine")
    for out in (taken, taken / "train.parquet"):
        with pytest.raises(DataError, match="needs a new or empty folder"):
            simulate_feed(TINY, out)
    assert [path.name for path in taken.iterdir()] == ["train.parquet"]
    assert (taken / "train.parquet").read_text() == "mine"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    simulate_feed(FeedSettings(rows=1_000, num_users=500, num_items=500), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test.parquet", "train.parquet", "validation.parquet"]


# Labels that are not known


def test_a_task_knows_its_share_of_labels_and_all_of_the_test_rows(tmp_path: Path) -> None:
    whole = Feed(TINY, tmp_path / "whole")
    few = Feed(replace(TINY, known={"long_view": 0.05, "dislike": 0.5}), tmp_path / "few")
    for split, rows in few.splits.items():
        before = whole.splits[split]
        assert rows.drop("long_view", "dislike").equals(before.drop("long_view", "dislike"))
        for task in ("long_view", "dislike"):
            known = rows[task].is_not_null()
            assert rows[task].filter(known).equals(before[task].filter(known))
            shares = {"long_view": 0.05, "dislike": 0.5 * TINY.feedback_shown}
            expected = before[task].is_not_null().mean() if split == "test" else shares[task]
            assert known.mean() == pytest.approx(expected, abs=0.02)


def test_a_larger_share_knows_what_a_smaller_one_does(tmp_path: Path) -> None:
    one, more = (Feed(replace(TINY, known={"like": share}), tmp_path / str(share)).rows for share in (0.1, 0.4))
    known = one["like"].is_not_null()
    assert more["like"].filter(known).equals(one["like"].filter(known))
