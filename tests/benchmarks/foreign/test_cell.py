"""Losses of every method on one table; what was trained is not trained again."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from benchmarks.foreign import cell
from benchmarks.foreign.cell import METHODS, Bench
from support import experiment, log_table
from taskfusion.pipeline.progress import Silent

TINY = {"epochs": 1, "batch_size": 100, "threads": 1}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    log_table(500).write_parquet(tmp_path / "log.parquet")
    data = {"table": "log.parquet", "split": {"kind": "time", "column": "time", "validation": 0.2, "test": 0.2}}
    tasks = [{"name": "click", "kind": "binary"}, {"name": "seconds", "kind": "regression", "log1p": True}]
    one = experiment(tasks=tasks, training=TINY, lightgbm={"num_rounds": 5, "ids": "ordered"})
    content = {**one.model_dump(mode="json", exclude_unset=True), "data": data}
    content["features"] = [feature for feature in content["features"] if "separator" not in feature]
    (tmp_path / "log.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setattr(cell, "HERE", tmp_path)
    return Bench("log", tmp_path / "runs", Silent())


def test_the_mean_has_loss_1_and_the_truth_0(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def made_up(bench: Bench) -> list[np.ndarray]:
        click, seconds = (bench.labels(index) for index in (0, 1))
        mean = click.label["test"][click.known["test"]].mean()
        return [np.full(len(click.known["test"]), mean), np.expm1(seconds.label["test"])]

    monkeypatch.setitem(METHODS, "made-up", made_up)
    found = bench.losses("made-up")
    assert found["click"].mean() == pytest.approx(1)
    assert found["seconds"].max() == pytest.approx(0, abs=1e-6)
    assert len(found["click"]) < len(found["seconds"]) == 100  # a tenth of the clicks is unknown


def test_every_method_is_trained_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("catboost", reason="catboost is not installed")
    found = {method: bench.losses(method) for method in METHODS}
    for method, losses in found.items():
        assert set(losses) == {"click", "seconds"}, method
        assert all(np.isfinite(loss_K).all() for loss_K in losses.values())
    for method in METHODS:
        monkeypatch.setitem(METHODS, method, None)
        again = bench.losses(method)
        assert all(np.array_equal(again[task], found[method][task]) for task in again)
