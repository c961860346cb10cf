"""Fitting a network: what is refused before, what a failure leaves, and what a finished run says."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipeline.conftest import train
from support import FEATURES, experiment, log_table
from taskfusion.base.errors import ExperimentError, TaskfusionError
from taskfusion.data.prepared import SplitTables, encode_splits
from taskfusion.pipeline.export import export_run
from taskfusion.pipeline.fit import fit_network, require_buildable
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Silent
from taskfusion.serve.scorer import Scorer
from taskfusion.train.loop import StepEvent


def test_a_run_killed_after_training_is_only_finished(
    parts: SplitTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> str:
        raise OSError(28, "No space left on device", "report.html")

    with monkeypatch.context() as patch:
        patch.setattr("taskfusion.pipeline.results.run_report", broken)
        with pytest.raises(OSError, match="No space"):
            train(parts, tmp_path / "run")
    steps = []

    class Count(Silent):
        def on_step(self, event: StepEvent) -> None:
            steps.append(event.state.step)

    directory = train(parts, tmp_path / "run", Count(), resume=True)
    assert directory.is_finished
    assert not steps


def test_a_loss_that_is_not_finite_stops_training(parts: SplitTables, tmp_path: Path) -> None:
    with pytest.raises(TaskfusionError, match=r"loss.*learning_rate"):
        train(parts, tmp_path / "run", training={"learning_rate": 1000})
    assert list(tmp_path.iterdir()) == []


def test_metrics_hold_no_nan(parts: SplitTables, tmp_path: Path) -> None:
    directory = train(parts, tmp_path / "run")

    def refuse(name: str) -> None:
        raise AssertionError(name)

    json.loads(directory.metrics.read_text(), parse_constant=refuse)


def test_only_a_policy_is_reported_as_one(parts: SplitTables, tmp_path: Path) -> None:
    policy = {"forbid": [{"source": "click", "target": "seconds"}]}
    settings: dict[str, Any] = {"network": {"variant": "ple"}, "training": {"epochs": 1}}
    without = train(parts, tmp_path / "without", **settings)
    with_policy = train(parts, tmp_path / "with", sharing=policy, **settings)
    relations = [{"kind": "dbmtl", "source": "click", "target": "seconds"}]
    related = train(parts, tmp_path / "related", sharing=policy, relations=relations, **settings)
    assert "the relation from click" in related.report.read_text()
    assert "may not take directly" not in without.report.read_text()
    assert "may not take directly" in with_policy.report.read_text()


@pytest.mark.parametrize(("own_features", "remain"), [(None, False), (["item_id"], True)])
def test_tables_that_tasks_still_share_are_named_under_a_policy(
    parts: SplitTables, tmp_path: Path, own_features: list[str] | None, remain: bool
) -> None:
    policy = {"forbid": [{"source": "click", "target": "seconds"}]}
    embedding = {"tables": "per-task", "own_features": own_features}
    run = train(parts, tmp_path / "run", sharing=policy, embedding=embedding, training={"epochs": 1})
    assert ("embedding tables, which all tasks share" in run.report.read_text()) is remain


def test_who_has_teachers_never_learns_without_lessons(parts: SplitTables, tmp_path: Path) -> None:
    distilled = experiment(distillation={"share": 0.5})
    data = encode_splits(parts, distilled.table_schema, memory_gib=1)
    with pytest.raises(ValueError, match="data from with_distilled_labels"):
        fit_network(distilled, data, tmp_path / "run", title="", progress=Silent())


def test_what_would_take_terabytes_is_told_and_takes_no_memory() -> None:
    features = [{**FEATURES[0], "hash_buckets": 1_000_000_000, "embedding_dim": 1024}, *FEATURES[1:]]
    splits = {name: log_table(100, seed).lazy() for seed, name in enumerate(("train", "validation"))}
    large = experiment(features=features)
    data = encode_splits(splits, large.table_schema, memory_gib=1)
    with pytest.raises(ExperimentError, match=r"training needs about 15,258\.8 GiB.*are free"):
        require_buildable(large, data)
    with pytest.raises(ExperimentError, match=r"per-task.*mmoe"):
        require_buildable(experiment(network={"variant": "mmoe"}, embedding={"tables": "per-task"}), data)


def test_a_run_whose_gates_read_a_domain_says_what_is_shared_where(parts: SplitTables, tmp_path: Path) -> None:
    table = {
        name: frame.with_columns(tab=pl.when(pl.col("time") % 4 == 0).then(pl.lit("home")).otherwise(pl.lit("search")))
        for name, frame in parts.items()
    }
    features = [*FEATURES, {"name": "tab", "kind": "categorical", "role": "context"}]
    settings: dict[str, Any] = {
        "features": features,
        "network": {"gate": {"features": ["tab"]}},
        "training": {"epochs": 2},
    }
    run = train(table, tmp_path / "run", **settings)
    found = run.read_fusion().domains
    assert [(one.feature, one.value) for one in found] == [("tab", "search"), ("tab", "home")]
    assert sum(one.rows for one in found) == pl.collect_all([table["validation"]])[0].height
    page = run.report.read_text()
    assert "Who takes from whom, by tab" in page
    assert "tab = search" in page
    assert "home has too few validation rows" in page
    new = table["validation"].head(20).collect()
    expected = TrainedModel.load(run.path).score(new)
    scored = Scorer.load(export_run(run.path, tmp_path / "exported").path).score(new)
    np.testing.assert_allclose(scored.to_numpy(), expected.to_numpy(), rtol=1e-5, atol=1e-6)
    again = train(table, tmp_path / "run", resume=True, **settings)
    assert again.read_fusion().domains == found


def test_a_domain_of_too_many_values_is_refused_before_anything_is_written(parts: SplitTables, tmp_path: Path) -> None:
    table = {name: frame.with_columns(session=pl.int_range(pl.len())) for name, frame in parts.items()}
    features = [*FEATURES, {"name": "session", "kind": "categorical", "min_count": 1}]
    with pytest.raises(ExperimentError, match=r"network.gate.features should have 256 codes .*'session' 6"):
        train(table, tmp_path / "run", features=features, network={"gate": {"features": ["session"]}})
    assert not list(tmp_path.iterdir())
