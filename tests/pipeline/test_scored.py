"""States of one model on the same rows."""

import numpy as np
import polars as pl

from support import log_table
from taskfusion.data.dataset import Dataset, open_dataset, row_encoder
from taskfusion.evaluate.comparison import Interval
from taskfusion.model.head.calibration import TaskCalibration
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.scored import Differences, Scored, calibrated_by, labels_of, lies_below_zero, score
from taskfusion.run.directory import RunDirectory
from taskfusion.schema.schema import Schema


def test_scores_are_those_of_evaluate_and_predict(run: RunDirectory) -> None:
    trained, rows = TrainedModel.load(run.path), log_table(200, 1)
    tasks = trained.experiment.tasks
    dataset = open_dataset(rows.lazy(), row_encoder(trained.encoder, trained.experiment.table_schema), memory_bytes=1)
    found = score(trained.model, dataset, tasks, None)
    records = trained.evaluate(rows.lazy())
    assert found.losses == {record.task: record.metrics["relative_loss"] for record in records}
    assert np.array_equal(found.predictions[0], trained.score(rows)["click"].to_numpy())
    labels = labels_of(dataset, tasks)
    assert labels[0].num_clusters == rows["user_id"].n_unique()
    assert [len(one.label_K) for one in labels] == [rows["click"].count(), 200, 200]
    alone = labels_of(_without_groups(trained, rows), tasks)
    assert (alone[0].num_clusters, alone[0].grouped) == (200, False)


def _without_groups(trained: TrainedModel, rows: pl.DataFrame) -> Dataset:
    schema = Schema(features=trained.experiment.features, tasks=trained.experiment.tasks, group=None)
    return open_dataset(rows.lazy(), row_encoder(trained.encoder, schema), memory_bytes=1 << 30)


def test_maps_go_when_they_are_no_longer_wanted(run: RunDirectory) -> None:
    model = TrainedModel.load(run.path).model
    heads = list(model.heads)
    maps = {0: TaskCalibration("platt", {"scale": 0.5, "shift": 0.1})}
    with calibrated_by(model, maps):
        assert model.heads[0] is not heads[0]
        assert model.heads[1] is heads[1]
    assert list(model.heads) == heads


def test_a_state_that_is_better_has_an_interval_below_zero(run: RunDirectory) -> None:
    trained, rows = TrainedModel.load(run.path), log_table(400, 1)
    tasks = trained.experiment.tasks
    dataset = open_dataset(
        rows.lazy(), row_encoder(trained.encoder, trained.experiment.table_schema), memory_bytes=1 << 30
    )
    labels = labels_of(dataset, tasks)
    plain = score(trained.model, dataset, tasks, None)
    half = [np.full_like(plain.predictions[0], 0.5), *plain.predictions[1:]]
    found = {"plain": plain, "half": Scored(plain.losses, half)}
    first, rest = Differences(labels, found, [0], ["half"]), Differences(labels, found, [1, 2], ["half"])
    assert lies_below_zero(first.mean("plain", "half"))
    task = first.task("click", "plain", "half")
    assert task is not None
    assert task.verdict == "better"
    assert not lies_below_zero(rest.mean("plain", "half"))
    assert not lies_below_zero(None)
    assert not lies_below_zero(Interval(mean=-1.0, low=None, high=None))
