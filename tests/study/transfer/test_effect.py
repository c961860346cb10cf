"""Effects of finished models, against what their stored losses say."""

from pathlib import Path
from statistics import fmean

import pytest

from support import experiment, log_table
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.progress import Silent
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.transfer import TransferRecord
from taskfusion.study.transfer.effect import simultaneous
from taskfusion.study.transfer.transfer import study_transfer


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TransferRecord]:
    out = tmp_path_factory.mktemp("transfer") / "t"
    parts: SplitTables = {name: log_table(200, seed).lazy() for seed, name in enumerate(("train", "validation"))}
    chosen = experiment(training={"epochs": 1}, distillation={"share": 0.0})
    return out, study_transfer(chosen, parts, ["click", "seconds"], 2, out, progress=Silent())


def _loss(run: Path, task: str) -> float:
    records = {one.task: one for one in RunDirectory(run).read_metrics().splits["validation"]}
    loss = records[task].metrics["relative_loss"]
    assert loss is not None
    return loss


def test_changes_of_seeds_and_their_mean_are_those_of_the_runs(studied: tuple[Path, TransferRecord]) -> None:
    out, found = studied
    effect = found.sources[0].targets["seconds"]
    losses = {
        name: [_loss(out / name / f"seed-{seed}", "seconds") for seed in (0, 1)] for name in ("all", "without-click")
    }
    pairs = zip(losses["without-click"], losses["all"], strict=True)
    assert effect.by_seed == pytest.approx([100 * (left / every - 1) for left, every in pairs])
    mean = 100 * (fmean(losses["without-click"]) / fmean(losses["all"]) - 1)
    assert effect.change.mean == pytest.approx(mean, rel=1e-4, abs=1e-4)


def test_others_is_the_mean_of_the_targets(studied: tuple[Path, TransferRecord]) -> None:
    for source in studied[1].sources:
        assert source.others is not None
        assert source.others.change.mean == pytest.approx(fmean(one.change.mean for one in source.targets.values()))
        assert source.source not in source.targets


def test_alone_is_the_separate_model_against_the_one_of_all(studied: tuple[Path, TransferRecord]) -> None:
    out, found = studied
    click = found.sources[0]
    alone = [_loss(out / "single-task" / f"seed-{seed}" / "click", "click") for seed in (0, 1)]
    shared = [_loss(out / "all" / f"seed-{seed}", "click") for seed in (0, 1)]
    assert click.alone is not None
    assert click.loss_alone == pytest.approx(fmean(alone))
    pairs = zip(alone, shared, strict=True)
    assert click.alone.by_seed == pytest.approx([100 * (one / every - 1) for one, every in pairs])


def test_more_intervals_are_each_surer() -> None:
    assert simultaneous(1) == pytest.approx(0.95)
    assert simultaneous(20) == pytest.approx(0.9975)
