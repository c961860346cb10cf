"""One method, with one seed, where a task knows a share of its labels."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import Field

from benchmarks.few_labels.masked import CASES, masked, read_case
from taskfusion.base.record import Artifact, read_artifact, write_artifact
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import EncodedData, SplitTables, encode_splits
from taskfusion.pipeline.evaluate import prediction_records
from taskfusion.pipeline.progress import Progress
from taskfusion.run.directory import RunDirectory
from taskfusion.study.method import ModelPlan
from taskfusion.study.planning import plan_models


class FewLabels(Artifact):
    """What a method reached."""

    case: str = Field(description="Name of the table.")
    task: str = Field(description="Task that lacks labels.")
    share: float = Field(description="Share of its training labels that are known, 0..1.")
    labels: int = Field(description="Known training labels.")
    seed: int = Field(description="Of the choice of labels and of training.")
    method: str = Field(description="What was trained.")
    auc: float = Field(description="AUC of the task on all test rows.")
    ne: float = Field(description="Normalized entropy likewise.")


@dataclass(frozen=True)
class Method:
    """A way to learn the task.

    Attributes:
        variant: of compare.
        change: of the experiment.
    """

    variant: str
    change: Callable[[Experiment], Experiment]


def _as_it_is(experiment: Experiment) -> Experiment:
    return experiment


def _with_trees(experiment: Experiment) -> Experiment:
    return derive(experiment, ensemble=derive(experiment.ensemble, trees=True))


def _without_teachers(experiment: Experiment) -> Experiment:
    return derive(experiment, distillation=derive(experiment.distillation, share=0.0))


METHODS: Final[Mapping[str, Method]] = {
    "adatt-sp": Method("adatt-sp", _as_it_is),
    "adatt-sp with trees": Method("adatt-sp", _with_trees),
    "adatt-sp without teachers": Method("adatt-sp", _without_teachers),
    "single-task": Method("single-task", _as_it_is),
    "single-task without teachers": Method("single-task", _without_teachers),
    "lightgbm": Method("lightgbm", _as_it_is),
    "catboost": Method("catboost", _as_it_is),
}
"""By name. Of single-task, lightgbm and catboost only the model of the task that lacks labels is trained."""


@dataclass(frozen=True)
class Setting:
    """Where methods are compared.

    Args:
        case: name of a table.
        share: of the labels that are known.
        seed: of the choice of labels and of training.
        data: folder of the tables; None: as the shipped experiment says.
        out: folder of all runs.
    """

    case: str
    share: float
    seed: int
    data: Path | None
    out: Path

    @property
    def folder(self) -> Path:
        """Of its runs."""
        return self.out / self.case / f"{100 * self.share:g}-percent" / f"seed-{self.seed}"

    def tables(self) -> tuple[Experiment, SplitTables]:
        """The experiment, and tables where the task knows its share of the labels."""
        experiment, splits = read_case(CASES[self.case], self.data)
        seeded = derive(experiment, training=derive(experiment.training, seed=self.seed))
        return masked(seeded, splits, CASES[self.case].task, self.share, self.seed)

    def results(self, methods: list[str], progress: Progress) -> Iterator[FewLabels]:
        """What each method reached; what is there is not trained again."""
        missing = [name for name in methods if not self._file(name).exists()]
        if missing:
            experiment, splits = self.tables()
            memory = experiment.training.memory_gib
            data = encode_splits(splits, experiment.table_schema, memory_gib=memory)
            for name in missing:
                write_artifact(self._file(name), self._train(name, experiment, data, progress))
        for name in methods:
            yield read_artifact(self._file(name), FewLabels)

    def _file(self, method: str) -> Path:
        return self.folder / f"{method.replace(' ', '-')}.json"

    def _train(self, name: str, experiment: Experiment, data: EncodedData, progress: Progress) -> FewLabels:
        method, task = METHODS[name], CASES[self.case].task
        index = experiment.table_schema.task_names.index(task)
        plans = plan_models(method.change(experiment), method.variant, data)
        plan = next(plan for plan in plans if index in plan.tasks)
        run = self._run(plan, data, self.folder / name.replace(" ", "-"), progress)
        rows = data.only(plan.tasks)
        found = prediction_records(plan.learner.predict(run, rows, "test"), plan.experiment.tasks, None)
        metrics = next(record.metrics for record in found if record.task == task)
        return FewLabels(
            case=self.case,
            task=task,
            share=self.share,
            labels=data.statistics[index].known,
            seed=self.seed,
            method=name,
            auc=float(metrics["auc"] or 0),
            ne=float(metrics["ne"] or 0),
        )

    def _run(self, plan: ModelPlan, data: EncodedData, path: Path, progress: Progress) -> RunDirectory:
        run = RunDirectory(path)
        if not run.is_finished:
            distilled = plan.distilled(data, self.folder.parents[1] / "teachers", progress)
            plan.learner.train(plan.experiment, distilled.only(plan.tasks), path, title=path.name, progress=progress)
        return run
