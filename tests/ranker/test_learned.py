"""What a fitted ranker tells of its training."""

from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from support import TASKS, experiment, log_table
from taskfusion import MultiTaskRanker
from taskfusion.base.errors import RunError


@pytest.fixture(scope="module")
def ranker() -> MultiTaskRanker:
    return MultiTaskRanker(experiment()).fit(log_table(600))


def test_history_holds_every_evaluation(ranker: MultiTaskRanker) -> None:
    history = ranker.history
    assert history["epoch"].to_list() == [1.0, 2.0, 3.0]
    best = history.filter("best").row(-1, named=True)
    assert best["epoch"] == ranker.metrics.network_training.best_epoch
    validation = {record.task: record.metrics for record in ranker.metrics.splits["validation"]}
    for task, metrics in validation.items():
        assert best[f"{task}.train_loss"] > 0
        for name, value in metrics.items():
            assert best[f"{task}.{name}"] == pytest.approx(value, rel=1e-6)


def test_fusion_weights_add_up(ranker: MultiTaskRanker) -> None:
    weights = ranker.fusion_weights
    assert weights.filter(~pl.col("visible"))["gate"].abs().sum() == 0
    by_unit = weights.group_by("level", "unit").agg(pl.col("gate").sum())
    assert (by_unit["gate"] - 1).abs().max() < 1e-5  # type: ignore[operator]
    assert set(by_unit["unit"]) == {task["name"] for task in TASKS}


def test_a_saved_ranker_predicts_the_same(ranker: MultiTaskRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path / "run")
    loaded = MultiTaskRanker.load(tmp_path / "run")
    table = log_table(30, 3)
    assert loaded.predict(table).equals(ranker.predict(table))
    assert loaded.evaluate(table) == ranker.evaluate(table)
    (tmp_path / "failed" / "teachers").mkdir(parents=True)
    for place in ("run", "failed"):
        with pytest.raises(RunError, match="exists already"):
            loaded.save(tmp_path / place)


def test_an_export_may_be_named_from_home(ranker: MultiTaskRanker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskfusion.ranker.learned.export_run", lambda run, out: SimpleNamespace(path=out))
    assert ranker.export("~/exported") == Path.home() / "exported"


def test_importance_is_one_flat_frame(ranker: MultiTaskRanker) -> None:
    frame = ranker.feature_importance()
    assert frame.columns == ["feature", "task", "rise", "low", "high"]
    columns = {feature.source for feature in experiment().features}
    assert set(frame.select("feature", "task").rows()) == {(c, task["name"]) for c in columns for task in TASKS}
    assert frame.filter((pl.col("low") > pl.col("rise")) | (pl.col("high") < pl.col("rise"))).height == 0


def test_metrics_are_one_flat_frame(ranker: MultiTaskRanker) -> None:
    frame = ranker.metrics_frame
    assert frame.columns == ["task", "split", "metric", "value"]
    found = {(task, split, metric): value for task, split, metric, value in frame.rows()}
    assert len(found) == frame.height
    told = {
        (record.task, split, metric): value
        for split, records in ranker.metrics.splits.items()
        for record in records
        for metric, value in record.metrics.items()
    }
    assert found == told
    assert {split for _, split, _ in found} == {"validation"}


def test_fusion_is_an_edge_list_whose_weights_are_those_of_the_experts(ranker: MultiTaskRanker) -> None:
    edges, experts = ranker.fusion(), ranker.fusion_weights
    assert edges.columns == ["level", "target", "source", "weight"]
    assert edges.select("level", "target", "source").is_unique().all()
    names = {task["name"] for task in TASKS}
    assert set(edges["target"]) == set(edges["source"]) == names
    totals = [frame["weight"].sum() for frame in (edges, experts)]
    assert totals[0] == pytest.approx(totals[1])
    own = edges.filter(level=1, target="click", source="click")["weight"].item()
    assert own == pytest.approx(experts.filter(level=1, unit="click", expert_unit="click")["weight"].sum())


def test_an_expert_of_nobody_is_a_source_of_its_own() -> None:
    settings = experiment(network={"variant": "mmoe"}, training={"epochs": 1})
    ranker = MultiTaskRanker(settings, verbose=0).fit(log_table(200))
    edges = ranker.fusion()
    assert set(edges["source"]) == set(ranker.fusion_weights["expert"])
    sums = edges.group_by("level", "target").agg(pl.col("weight").sum())["weight"]
    assert sums.to_list() == pytest.approx([1.0] * len(sums), abs=1e-5)


def test_forbidden_edges_are_left_out() -> None:
    settings = experiment(sharing={"forbid": [{"source": "click", "target": "seconds"}]}, training={"epochs": 1})
    edges = MultiTaskRanker(settings, verbose=0).fit(log_table(200)).fusion()
    assert edges.filter(source="click", target="seconds").is_empty()
    assert not edges.filter(source="seconds", target="click").is_empty()
