"""Which models answer whether a task helps: all tasks, all but one, each alone; with the same seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import did_you_mean
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import EncodedData
from taskfusion.pipeline.evaluate import constant_records, require_criterion
from taskfusion.study.baseline import SINGLE_TASK
from taskfusion.study.method import CellPlan, ModelPlan, network_of
from taskfusion.study.planning import models_of

ALL = "all"


def without(task: str) -> str:
    """Name of the model without a task, and of the folder of its runs."""
    return f"without-{task}"


@dataclass(frozen=True)
class TransferPlan:
    """The cells, in the order in which they are trained: seed by seed, so that a first answer comes early.

    Args:
        sources: the tasks that are left out in turn.
        cells: what is trained.
    """

    sources: tuple[str, ...]
    cells: tuple[CellPlan, ...]

    def of(self, variant: str) -> dict[int, CellPlan]:
        """Cells of one name, by their seeds."""
        return {cell.seed: cell for cell in self.cells if cell.variant == variant}

    @property
    def num_models(self) -> int:
        """Models of all seeds together."""
        return count_models(self.cells)


def count_models(cells: Sequence[CellPlan]) -> int:
    """Models of cells together."""
    return sum(len(cell.models) for cell in cells)


def chosen_sources(experiment: Experiment, named: Sequence[str]) -> tuple[str, ...]:
    """The tasks to leave out: those named, in the experiment's order, or all.

    Raises:
        ExperimentError: a task is not known, or there is nothing to share.
    """
    names = experiment.table_schema.task_names
    for task in named:
        if task not in names:
            raise ExperimentError(
                f"--tasks names '{task}', but the tasks are {', '.join(names)}{did_you_mean(task, names)}"
            )
    if len(names) < 2:
        raise ExperimentError(f"transfer needs two tasks or more, but '{names[0]}' is alone; add a task")
    return tuple(name for name in names if name in named or not named)


def plan_transfer(experiment: Experiment, sources: Sequence[str], num_seeds: int, data: EncodedData) -> TransferPlan:
    """The cells of a study of transfer. Models of several tasks have the experiment's settings and widths; the separate
    ones together have as many parameters as the experiment's. Networks predict alone: trees beside them, which learn
    each task by itself, would hide what tasks give each other.

    Args:
        experiment: the model of all tasks.
        sources: tasks to leave out in turn.
        num_seeds: from training.seed on.
        data: the rows, with labels of all tasks.

    Raises:
        ExperimentError: what is left without a task is unfit.
        DataError: a model's criterion cannot be computed from the validation rows.
    """
    experiment = derive(experiment, ensemble=derive(experiment.ensemble, trees=False))
    every = tuple(range(len(experiment.tasks)))
    planned: dict[str, tuple[ModelPlan, ...]] = {ALL: (network_of(experiment, every),)}
    for index, task in enumerate(experiment.tasks):
        if task.name in sources:
            planned[without(task.name)] = (_left(experiment, index, every),)
    alone = models_of(experiment, SINGLE_TASK, data)
    planned[SINGLE_TASK] = tuple(model for model in alone if model.folder in sources)
    records = constant_records(data.splits["validation"], experiment.tasks, experiment.evaluation.ranking_bins)
    for models in planned.values():
        for model in models:
            model.check(data)
            require_criterion([records[task] for task in model.tasks], model.experiment.training.criterion)
    first = experiment.training.seed
    cells = [
        CellPlan(variant, seed, tuple(model.with_seed(seed) for model in models))
        for seed in range(first, first + num_seeds)
        for variant, models in planned.items()
    ]
    return TransferPlan(tuple(sources), tuple(cells))


def _left(experiment: Experiment, index: int, every: tuple[int, ...]) -> ModelPlan:
    name = experiment.tasks[index].name
    try:
        return network_of(experiment, tuple(one for one in every if one != index))
    except ExperimentError as error:
        raise ExperimentError(
            f"the experiment without task '{name}' is unfit: {error}; leave it out of --tasks"
        ) from error
