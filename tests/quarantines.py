"""A run whose one task's experts went bad after training, and a record of a quarantine."""

import shutil
from pathlib import Path

import torch

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.joint import JointDifference, joint_difference
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.quarantine import QuarantinedTask, QuarantineRecord
from taskfusion.train.checkpoint import load_tensors, save_tensors


def spoil(run: Path, task: str, out: Path, scale: float = 30.0) -> RunDirectory:
    """A copy of a run with noise on the weights of the experts of a task, so many times as large as they are."""
    shutil.copytree(run, out)
    made, trained = RunDirectory(out), TrainedModel.load(run)
    place = trained.experiment.table_schema.task_names.index(task)
    tensors, metadata = load_tensors(made.model)
    generator = torch.Generator().manual_seed(0)
    for number, level in enumerate(trained.model.network.levels):
        assert isinstance(level, FusionLevel)
        own = list(level.plan.own_experts[place])
        for name, value in tensors.items():
            if name.startswith(f"network.levels.{number}.experts."):
                value[own] += scale * value[own].std() * torch.randn(value[own].shape, generator=generator)
    save_tensors(made.model, tensors, metadata)
    made.manifest.unlink()
    made.finish()
    return made


def change(mean: float, half: float) -> JointDifference:
    """A change of a loss in percent."""
    rows = Interval(mean=mean, low=mean - half, high=mean + half)
    return joint_difference(rows, [mean], metric="relative_loss", clusters=50, confidence=0.95)


def record(mean: float = -2.0, own_loss: float | None = 0.9, recalibrated: float = 0.0) -> QuarantineRecord:
    """A quarantine of click, whose others change by so many percent."""
    tasks = (
        QuarantinedTask(task="click", run=0.9, recalibrated=0.9, masked=own_loss, change=change(0.0, 0.1)),
        QuarantinedTask(task="like", run=0.99, recalibrated=0.98, masked=0.96, change=change(mean, 0.5)),
    )
    return QuarantineRecord(
        run="runs/a",
        source="click",
        rows="the validation rows",
        num_rows=200,
        clusters=50,
        grouped=True,
        resamples=2000,
        confidence=0.95,
        edges=12,
        taken=(0.25, 0.5),
        tasks=tasks,
        others=change(mean, 0.5),
        others_run=change(mean, 0.5),
        others_recalibrated=change(recalibrated, 0.5),
        kept=mean < -0.5,
        seconds=3.0,
    )
