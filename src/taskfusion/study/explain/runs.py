"""Which models are explained: one run, runs of one experiment with several seeds, or those of a comparison."""

from collections.abc import Sequence
from pathlib import Path

from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact
from taskfusion.config.derive import derive
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.change import setting_change
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.study.method import BASELINES

COMPARISON = "comparison.json"


def find_runs(paths: Sequence[Path]) -> list[Path]:
    """The run directories that paths stand for: each itself, or of a comparison those of its first shared network.

    Raises:
        RunError: a comparison has no network of all tasks, or cannot be read.
    """
    return [run for path in paths for run in (_of_comparison(path) if (path / COMPARISON).exists() else [path])]


def _of_comparison(path: Path) -> list[Path]:
    cells = read_artifact(path / COMPARISON, ComparisonRecord).cells
    shared = next((cell.variant for cell in cells if cell.variant not in BASELINES), None)
    if shared is None:
        raise RunError(f"the comparison in '{path}' should hold a network of all tasks, but has baselines alone")
    return [path / shared / f"seed-{cell.seed}" for cell in cells if cell.variant == shared]


def load_runs(paths: Sequence[Path]) -> list[TrainedModel]:
    """Models that differ in nothing but their seed, on the CPU.

    Raises:
        RunError: a run is missing, unfinished or damaged, or differs from the first in more than its seed, or has a
            seed that another has.
    """
    models = [TrainedModel.load(path, "cpu") for path in paths]
    first, seeds = models[0], [model.experiment.training.seed for model in models]
    data = RunDirectory(paths[0]).read_schema().fingerprint
    for path, model, seed in zip(paths[1:], models[1:], seeds[1:], strict=True):
        training = derive(model.experiment.training, seed=seeds[0])
        change = setting_change(first.experiment, derive(model.experiment, training=training))
        change = change or RunDirectory(path).read_schema().fingerprint.change_from(data)
        if change:
            raise RunError(
                f"the runs should differ in their seed alone, but '{paths[0]}' and '{path}' do not: {change}"
            )
        if seeds.count(seed) > 1:
            raise RunError(f"the runs should have seeds of their own, but seed {seed} is there twice")
    return models
