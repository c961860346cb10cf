"""A comparison is measured from end to end: one model, separate models and trees."""

from pathlib import Path

import pytest

from support import FEATURES, TASKS, experiment, log_table
from taskfusion.config.traffic import Traffic
from taskfusion.pipeline.progress import Silent
from taskfusion.report.cost import cost_report
from taskfusion.run.record.cost import CostRecord
from taskfusion.study.compare.comparison import compare_variants
from taskfusion.study.cost.cost import _missing, study_cost
from taskfusion.study.cost.network import Effort
from taskfusion.study.cost.subject import Found, Subject
from translations import english_left, in_japanese

VARIANTS = ["shared-bottom", "single-task", "lightgbm"]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tasks, three methods."""
    out = tmp_path_factory.mktemp("cost") / "compared"
    whole = {"level_dims": [[4]], "feature_gate_dim": 2}  # a model that is not split is exported in a third of the time
    given = {"features": FEATURES[:3], "tasks": TASKS[:2], "network": whole}
    small = experiment(training={"epochs": 1}, lightgbm={"num_rounds": 3}, **given)
    splits = {name: log_table(150, seed).lazy() for seed, name in enumerate(("train", "validation", "test"))}
    compare_variants(small, splits, VARIANTS, 1, out, progress=Silent())
    return out


@pytest.fixture(scope="module")
def found(compared: Path) -> CostRecord:
    """What it costs."""
    table = compared.parent / "log.parquet"
    log_table(200, 7).write_parquet(table)
    traffic = Traffic(candidates=10, users=50, items_per_user=10, freshness_hours={"click": 24}, most_loss_percent=900)
    return study_cost(compared, traffic, "costs", data=table, effort=Effort(2, 0.1))


def test_all_ways_are_measured(found: CostRecord) -> None:
    assert [way.name for way in found.ways] == ["one model", "separate models", "trees"]
    assert [len(way.models) for way in found.ways] == [1, 2, 3]
    for way in found.ways:
        assert set(way.losses) == {"click", "seconds"}
        for model in way.models:
            assert model.request_seconds.source == model.row_seconds.source == "measured here"
            assert model.process_mb.value >= 0
            assert (model.training_seconds is None) == (not model.tasks)
    assert found.missing == ()
    assert found.split == "test"


def test_the_advice_is_the_cheapest_plan_within_the_limits(found: CostRecord) -> None:
    best = next(plan for plan in found.plans if plan.name == found.best)
    assert best.bill.money == min(plan.bill.money for plan in found.plans if plan.why_not is None)
    assert all(plan.is_measured and plan.training_money is not None for plan in found.plans)


def test_what_was_measured_is_told_whole_in_japanese(found: CostRecord) -> None:
    alone = Subject({"one model": Found((), "adatt", {}, ())}, None)
    missing = _missing(alone, experiment(features=FEATURES[:3], tasks=TASKS[:2]).table_schema, Traffic())
    assert len(missing) == 4
    more = found.model_copy(update={"missing": tuple(missing)})
    command = missing[0].partition(": ")[2].partition(" trains")[0]
    assert english_left(in_japanese(cost_report, more), command, "taskfusion cost compared") == []
