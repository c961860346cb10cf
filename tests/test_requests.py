"""Requests rebuilt from a real log: candidates scored beside each other are what their rows are."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from taskfusion.assemble.network import build_model
from taskfusion.base.errors import DataError
from taskfusion.config.derive import derive
from taskfusion.config.experiment import read_experiment
from taskfusion.data.encode import FeatureEncoder
from taskfusion.datasets.public.prepare import prepare_dataset
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.serve.export.bundle import export_model
from taskfusion.serve.scorer import Scorer

CONFIG = Path(__file__).parents[1] / "configs" / "kuairand.yaml"
REQUEST = ["user_id", "time_ms", "tab", "hour"]
"""Rows of one user at one time; where tab or hour differ, they are two requests."""


@pytest.fixture(scope="module")
def log(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    folder = tmp_path_factory.mktemp("kuairand")
    prepare_dataset("kuairand", out=folder, source=real_data / "kuairand_pure")
    return pl.read_parquet(folder / "train.parquet")


@pytest.fixture(scope="module")
def scorer(log: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    """The shipped model as it is drawn: what it predicts is not asked here."""
    experiment = derive(read_experiment(CONFIG), data=None)
    encoder = FeatureEncoder.fit(log.lazy(), experiment.features)
    torch.manual_seed(0)
    statistics = [LabelStatistics(task.name, 600, 600, 0.3, 0.1, ()) for task in experiment.tasks]
    model = build_model(experiment, encoder.layout, statistics).eval()
    for weight in model.inputs.parameters():
        torch.nn.init.normal_(weight)  # fresh tables are so small that no feature would matter
    path = tmp_path_factory.mktemp("export") / "bundle"
    export_model(model, encoder, experiment.table_schema, path)
    return Scorer.load(path)


def test_candidates_are_scored_as_their_rows(scorer: Scorer, log: pl.DataFrame) -> None:
    rows = log.filter(pl.struct(REQUEST).is_duplicated() & (pl.struct(*REQUEST, "video_id").is_unique()))
    requests = rows.filter(pl.struct(REQUEST).is_duplicated()).sort(REQUEST).partition_by(REQUEST)[:150]
    assert sum(one["video_age_days"].n_unique() > 1 for one in requests) >= 30
    for request in requests:
        expected = scorer.score(request)
        found = scorer.score_candidates(request[:1], scorer.item_rows(request), features=request)
        np.testing.assert_allclose(found.to_numpy(), expected.to_numpy(), atol=1e-6)
        for task in expected.columns:
            assert (found[task].arg_sort() == expected[task].arg_sort()).all()


def test_features_of_candidates_are_asked_for(scorer: Scorer, log: pl.DataFrame) -> None:
    items = scorer.item_rows(log[:3])
    with pytest.raises(DataError, match="video_age_days of the role candidate should be given for each candidate"):
        scorer.score_candidates(log[:1], items)
    with pytest.raises(DataError, match="one row per candidate, 3, found 2"):
        scorer.score_candidates(log[:1], items, features=log[:2])
    with pytest.raises(DataError, match="video_age_days"):
        scorer.score_candidates(log[:1], items, features=log[:3].drop("video_age_days"))
