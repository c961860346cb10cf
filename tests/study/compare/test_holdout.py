"""What a comparison keeps: predictions and labels that give its evidence without training again."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from support import experiment, log_table
from taskfusion.base.errors import RunError
from taskfusion.data.prepared import SplitTables, encode_splits
from taskfusion.evaluate.evidence import BETTER_BASELINE, Evidence
from taskfusion.pipeline.progress import Silent
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.study.baseline import LIGHTGBM, SINGLE_TASK
from taskfusion.study.compare.comparison import compare_variants, finish_comparison, plan_cells
from taskfusion.study.compare.holdout import comparison_evidence

VARIANTS = ["adatt-sp", SINGLE_TASK, LIGHTGBM]


def parts() -> SplitTables:
    return {name: log_table(150, seed).lazy() for seed, name in enumerate(("train", "validation", "test"))}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ComparisonRecord]:
    out = tmp_path_factory.mktemp("judged") / "c"
    chosen = experiment(training={"epochs": 1})
    return out, compare_variants(chosen, parts(), VARIANTS, 2, out, progress=Silent())


def _evidence(found: ComparisonRecord) -> Evidence:
    assert found.evidence is not None
    return found.evidence


def test_kept_tables_are_small_and_in_the_order_of_the_rows(compared: tuple[Path, ComparisonRecord]) -> None:
    out, _ = compared
    labels, test = pl.read_parquet(out / "labels.parquet"), log_table(150, 2)
    known = test["click"].is_not_null()
    assert (labels["click.weight"] > 0).to_list() == known.to_list()
    assert labels["click.label"].filter(known).to_list() == test["click"].filter(known).to_list()
    assert labels["group"].n_unique() == test["user_id"].n_unique()
    joint = pl.read_parquet(out / "adatt-sp" / "seed-0" / "predictions.parquet")
    assert joint.columns == ["click", "seconds", "reaction.none", "reaction.like", "reaction.hate"]
    assert {column for column, dtype in joint.schema.items() if dtype == pl.Float64} == {"seconds"}
    assert set(joint.drop("seconds").dtypes) == {pl.Float32}
    for name in (SINGLE_TASK, LIGHTGBM):
        alone = pl.read_parquet(out / name / "seed-1" / "reaction" / "predictions.parquet")
        assert alone.columns == ["reaction.none", "reaction.like", "reaction.hate"]
        assert len(alone) == 150


def test_point_estimates_are_those_of_the_records(compared: tuple[Path, ComparisonRecord]) -> None:
    """Kept predictions, labels, weights and groups give the metrics that the cells' own records hold."""
    _, found = compared
    means = {row.variant: row.tasks for row in found.summary.variants}
    for contrast in _evidence(found).contrasts:
        for task, metrics in contrast.tasks.items():
            baseline = contrast.baseline
            if baseline == BETTER_BASELINE:
                baseline = _evidence(found).better_baseline[task]
            for metric, change in metrics.items():
                own, other = (means[name][task][metric].mean or 0 for name in (contrast.variant, baseline))
                expected = 100 * (own / other - 1) if metric == "relative_loss" else own - other
                assert change.mean == pytest.approx(expected, rel=1e-4, abs=1e-6), (
                    contrast.baseline,
                    task,
                    metric,
                )


def test_the_better_baseline_is_chosen_on_validation(compared: tuple[Path, ComparisonRecord]) -> None:
    out, found = compared
    for task, chosen in _evidence(found).better_baseline.items():
        losses = {}
        for baseline in (SINGLE_TASK, LIGHTGBM):
            directories = [out / baseline / f"seed-{seed}" / task for seed in (0, 1)]
            records = [
                json.loads((directory / "metrics.json").read_text())["splits"]["validation"][0]
                for directory in directories
            ]
            losses[baseline] = sum(record["metrics"]["relative_loss"] for record in records)
        assert chosen == min(losses, key=lambda baseline: losses[baseline])


def test_lost_predictions_are_made_again_without_training(
    compared: tuple[Path, ComparisonRecord], tmp_path: Path
) -> None:
    out = shutil.copytree(compared[0], tmp_path / "c")
    kept = sorted(out.rglob("predictions.parquet"))
    before = {path: path.read_bytes() for path in kept}
    trained = {path: path.stat().st_mtime_ns for path in out.rglob("metrics.json")}
    for path in kept:
        path.unlink()
    again = compare_variants(experiment(training={"epochs": 1}), parts(), VARIANTS, 2, out, progress=Silent())
    assert {path: path.read_bytes() for path in kept} == before
    assert {path: path.stat().st_mtime_ns for path in out.rglob("metrics.json")} == trained
    assert again.evidence == compared[1].evidence


def test_a_damaged_table_is_named(compared: tuple[Path, ComparisonRecord], tmp_path: Path) -> None:
    out, chosen = shutil.copytree(compared[0], tmp_path / "c"), experiment(training={"epochs": 1})
    data = encode_splits(parts(), chosen.table_schema, memory_gib=1)
    cells = plan_cells(chosen, VARIANTS, 1, data)
    (out / LIGHTGBM / "seed-0" / "click" / "predictions.parquet").write_text("no table")
    with pytest.raises(RunError, match=r"click/predictions.parquet' should be a table of a comparison"):
        finish_comparison(chosen, cells, data, out)


def test_one_method_alone_has_no_evidence(compared: tuple[Path, ComparisonRecord]) -> None:
    chosen = experiment(training={"epochs": 1})
    data = encode_splits(parts(), chosen.table_schema, memory_gib=1)
    assert comparison_evidence(chosen.tasks, plan_cells(chosen, ["adatt-sp"], 1, data), compared[0]) is None
