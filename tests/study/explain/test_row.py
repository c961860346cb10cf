"""One row explained: what is shown adds up to what the model predicts."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from attributions import batch_of, labels_of, put_trees_beside, trained_of
from support import log_table
from taskfusion.model.head.calibration import TaskCalibration, calibrate
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.record.attribution import DonorRecord, RowRecord
from taskfusion.study.explain.row import row_record

TABLE = log_table(40, seed=1)


def explained(models: Sequence[TrainedModel], index: int = 7, row: pl.DataFrame | None = None) -> RowRecord:
    chosen = TABLE[index : index + 1] if row is None else row
    return row_record(models, batch_of(40), labels_of(), chosen, index, str(index), {})


def calibrated(seed: int = 0, *, trees: bool = False) -> TrainedModel:
    trained = trained_of("both, vectors of numbers", seed)
    if trees:
        put_trees_beside(trained.model)
    maps = {
        0: TaskCalibration("isotonic", {"logits": (-1.0, 1.0), "calibrated": (-2.0, 0.5)}),
        1: TaskCalibration("linear", {"scale": 1.1, "shift": 0.5}),
        2: TaskCalibration("temperature", {"temperature": 2.0}),
    }
    calibrate(trained.model, maps)
    return trained


@pytest.mark.parametrize("trees", [False, True])
@pytest.mark.parametrize("seeds", [1, 2])
def test_start_trees_pushes_gap_and_calibration_add_up_to_the_prediction(trees: bool, seeds: int) -> None:
    models = [calibrated(seed, trees=trees) for seed in range(seeds)]
    found = explained(models)
    for task in found.tasks:
        total = task.start + (task.trees or 0) + sum(one.push for one in task.pushes) + task.gap + task.calibration
        assert total == pytest.approx(task.score, abs=1e-6)
        assert (task.trees is not None) == trees
        assert abs(task.gap) <= 0.01 * max(1.0, sum(abs(one.push) for one in task.pushes))
        assert [abs(one.push) for one in task.pushes] == sorted((abs(one.push) for one in task.pushes), reverse=True)
        assert {one.column for one in task.pushes} == {"user_id", "item_id", "age", "tags", "history"}
        assert all(one.push == pytest.approx(np.mean(one.by_seed)) for one in task.pushes)
    predictions = [one.score(TABLE[7:8]).row(0, named=True) for one in models]
    click, seconds, reaction = found.tasks
    assert click.prediction == pytest.approx(np.mean([one["click"] for one in predictions]))
    assert seconds.prediction == pytest.approx(np.mean([one["seconds"] for one in predictions]))
    shares = {name: np.mean([one[f"reaction.{name}"] for one in predictions]) for name in ("none", "like", "hate")}
    assert reaction.value == max(shares, key=lambda name: float(shares[name]))
    assert reaction.prediction == pytest.approx(max(shares.values()))
    if seeds == 1:
        assert click.score == pytest.approx(np.log(click.prediction / (1 - click.prediction)), abs=1e-5)
        assert seconds.score == pytest.approx(np.log1p(seconds.prediction), abs=1e-5)


def test_the_base_is_what_training_labels_have() -> None:
    click, seconds, reaction = explained([trained_of("plain")]).tasks
    known = labels_of()
    assert click.base == known[0].mean
    assert seconds.base == pytest.approx(np.expm1(known[1].mean))
    assert reaction.base == known[2].class_shares[("none", "like", "hate").index(str(reaction.value))]


def test_seeds_that_disagree_in_sign_are_told() -> None:
    rows = [explained([trained_of("plain", seed)]) for seed in (0, 1)]
    pushes = [one for row in rows for one in row.tasks[0].pushes]
    signs: dict[str, set[bool]] = {}
    for one in pushes:
        assert one.steady is None
        signs.setdefault(one.column, set()).add(one.push > 0)
    both = explained([trained_of("plain", 0), trained_of("plain", 1)])
    assert {one.column: one.steady for one in both.tasks[0].pushes} == {
        name: len(found) == 1 for name, found in signs.items()
    }


def test_values_are_told_in_short_and_strangers_by_name() -> None:
    row = TABLE[7:8].with_columns(item_id=pl.lit("new"), age=pl.lit(None, pl.Float64), tags=pl.lit("1," * 40))
    found = explained([trained_of("plain")], row=row)
    texts = {one.column: one.value for one in found.tasks[0].pushes}
    assert texts["item_id"] == "new"
    assert texts["age"] == "missing"
    assert texts["tags"] == "1," * 19 + "1…"
    long = row.with_columns(history=pl.Series([["v1", "v2", "v3", "v4", "v5"]]))
    of_long = {one.column: one.value for one in explained([trained_of("plain")], row=long).tasks[0].pushes}
    assert of_long["history"] == "v1, v2, v3 … (5 values)"
    short = row.with_columns(history=pl.Series([["v1", "v2"]]))
    assert "v1, v2" in [one.value for one in explained([trained_of("plain")], row=short).tasks[0].pushes]
    assert found.unseen == ("item_id",)
    assert {one.column: one.value for one in explained([trained_of("plain")]).tasks[0].pushes}["age"].count(".") <= 1


def test_donors_are_taken_over() -> None:
    donor = DonorRecord(level=1, source="click", own=True, share=80.0, by_seed=(80.0,), steady=None)
    found = row_record([trained_of("plain")], batch_of(40), labels_of(), TABLE[:1], 0, "0", {"click": [donor]})
    assert [task.donors for task in found.tasks] == [(donor,), (), ()]
