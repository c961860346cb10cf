"""Every shipped experiment trains on its own data, for a few rows and one epoch."""

from pathlib import Path

import polars as pl
import pytest

from taskfusion.config.experiment import Experiment, read_experiment
from taskfusion.datasets.public.prepare import prepare_dataset
from taskfusion.datasets.simulate.feed import simulate_feed
from taskfusion.datasets.simulate.settings import FeedSettings
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run

CONFIGS = Path(__file__).parents[1] / "configs"
SETTINGS = ("training.epochs=1", "training.threads=1")
ROWS = 8_000


def _train(name: str, folder: Path, out: Path) -> tuple[Experiment, list[str]]:
    experiment = read_experiment(CONFIGS / f"{name}.yaml", SETTINGS)
    parts = {part: pl.scan_parquet(folder / f"{part}.parquet").head(ROWS) for part in ("train", "validation", "test")}
    run = train_run(experiment, parts, out, resume=False, progress=Silent())
    return experiment, [record.task for record in run.read_metrics().splits["test"]]


def test_every_experiment_is_tried_here() -> None:
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == {"feed-simulated", "census-income", "kuairand"}


def test_the_simulated_feed(tmp_path: Path) -> None:
    simulate_feed(FeedSettings(rows=10_000), tmp_path / "data")
    experiment, tasks = _train("feed-simulated", tmp_path / "data", tmp_path / "run")
    assert tasks == ["click", "long_view", "watch_ratio", "like", "profile_enter", "dislike"]
    assert all(task.truth is not None for task in experiment.tasks)


@pytest.mark.parametrize(
    ("name", "folder", "tasks"),
    [
        ("census-income", "census_income", ["income", "never_married", "college"]),
        ("kuairand", "kuairand_pure", ["is_click", "long_view", "is_like", "is_profile_enter", "watch_ratio"]),
    ],
)
def test_real_data(name: str, folder: str, tasks: list[str], real_data: Path, tmp_path: Path) -> None:
    prepare_dataset(name, out=tmp_path / "data", source=real_data / folder)
    assert _train(name, tmp_path / "data", tmp_path / "run")[1] == tasks
