"""A run on the rows of an audit: whose predictions are judged, and what is refused."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from audit_log import SCHEMA, audit_rows
from taskfusion.base.errors import RunError
from taskfusion.inspect.audit.model import ModelQuestion, audit_model, common_tasks, task_columns
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.schema.schema import Schema
from taskfusion.schema.task.multiclass import MulticlassTask
from taskfusion.schema.task.table import Task


@dataclass(frozen=True)
class Experiment:
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Guess:
    """Predicts the same for every row of a device; of the web too much."""

    tasks: tuple[Task, ...] = SCHEMA.tasks

    @property
    def experiment(self) -> Experiment:
        return Experiment(self.tasks)

    def score(self, frame: pl.DataFrame) -> pl.DataFrame:
        rate = pl.when(pl.col("device") == "web").then(0.7).otherwise(0.35)
        return frame.select(rate.alias("click"), (0.3 * rate).alias("like"))


def guess(**given: Any) -> TrainedModel:
    return cast(TrainedModel, Guess(**given))


def changed(**settings: Any) -> tuple[Task, ...]:
    content = SCHEMA.model_dump(mode="json")
    content["tasks"][0] |= settings
    return Schema.model_validate(content).tasks


def test_the_test_rows_are_judged_and_a_gap_is_found() -> None:
    rows = audit_rows()
    found = audit_model(rows, ModelQuestion(guess(), "first", 4800))
    assert (found.split, found.run, found.baseline, found.grouped) == ("test", "first", None, True)
    assert found.learned_rows is None
    assert found.clusters == rows.frame.filter(pl.col("time").dt.day() == 10)["user_id"].n_unique()
    click = found.tasks[0]
    test = rows.frame.filter(pl.col("time").dt.day() == 10)
    web = next(one for one in click.segments if one.value == "web")
    assert web.measures["calibration"].mean == pytest.approx(
        0.7 / cast(float, test.filter(pl.col("device") == "web")["click"].mean()), rel=1e-5
    )
    adjusted = {one.column: one.adjusted for one in click.tests if one.measure == "calibration"}
    assert adjusted["device"] < 0.01


def test_a_baseline_is_asked_for_the_same_rows() -> None:
    rows = audit_rows()
    same = {"click": [guess().score(rows.frame.filter(pl.Series(rows.of_split("test"))))["click"].to_numpy()]}
    seen: list[int] = []

    def baseline(held: Any, tasks: Any) -> Any:
        seen.append(len(held.frame))
        assert held.is_whole
        assert (held.labels("like")[0] == rows.encoded.label_BT[rows.of_split("test"), 1]).all()
        return same

    found = audit_model(rows, ModelQuestion(guess(), "first", 4000, ("device",), baseline, "second"))
    assert (found.baseline, found.learned_rows) == ("second", 4000)
    assert seen == [600]
    assert found.tasks[0].overall.measures["change"].mean == pytest.approx(0)
    assert "change" not in found.tasks[1].overall.measures


def test_a_run_of_other_tasks_is_refused_and_one_of_fewer_is_judged_on_these() -> None:
    other = changed(name="share", label="click")
    assert [task.name for task in common_tasks(guess(tasks=other), SCHEMA.tasks, "r")] == ["like"]
    with pytest.raises(RunError, match="should have a task"):
        common_tasks(guess(tasks=other[:1]), SCHEMA.tasks, "r")
    with pytest.raises(RunError, match="another label"):
        common_tasks(guess(tasks=changed(label="click = 0")), SCHEMA.tasks, "r")
    assert len(common_tasks(guess(tasks=changed(loss_weight=3.0, label="click")), SCHEMA.tasks, "r")) == 2


def test_columns_become_predictions_of_tasks() -> None:
    task = MulticlassTask(name="mood", kind="multiclass", classes=("a", "b"))
    scores = pl.DataFrame({"click": [0.5], "mood.a": [0.2], "mood.b": [0.8]})
    found = task_columns(scores, [SCHEMA.tasks[0], task])
    np.testing.assert_array_equal(found["click"], [0.5])
    np.testing.assert_array_equal(found["mood"], [[0.2, 0.8]])
