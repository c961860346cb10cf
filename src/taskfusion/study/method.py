"""Who can take part in a comparison: each method is a way to make models of an experiment."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from taskfusion.assemble.capacity import with_variant
from taskfusion.base.errors import ExperimentError
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment
from taskfusion.config.network import SharingConfig
from taskfusion.config.subset import with_tasks
from taskfusion.config.training import CriterionConfig, TrainingConfig
from taskfusion.data.batch import Batch
from taskfusion.data.prepared import EncodedData
from taskfusion.pipeline.distil import require_distillable, with_distilled_labels
from taskfusion.pipeline.evaluate import SCORING_ROWS, Predictions, predictions
from taskfusion.pipeline.fit import fit_network, require_buildable
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.tree_library import CATBOOST_TREES
from taskfusion.pipeline.trees import train_trees, tree_predictions
from taskfusion.run.directory import RunDirectory
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.study.baseline import BASELINE_LINES, CATBOOST, LIGHTGBM, SINGLE_TASK, UNDISTILLED
from taskfusion.study.space import Space, network_space, no_space, tree_space, without_loss_weights
from taskfusion.variants.table import VARIANTS, variant_of

_OF_NETWORKS: Final = (
    "embedding",
    "numeric",
    "backbone",
    "network",
    "sharing",
    "relations",
    "distillation",
    "ensemble",
)


class Train(Protocol):
    """Makes a model and leaves a finished run in out, or goes on with the one that stands there."""

    def __call__(
        self, experiment: Experiment, data: EncodedData, out: Path, *, title: str, progress: Progress
    ) -> RunDirectory:
        """The run."""


@dataclass(frozen=True)
class Learner:
    """How a model of a comparison is made.

    Args:
        check: finds faults of (experiment, data) before hours of training; raises TaskfusionError.
        train: makes it.
        predict: of a finished run, on a split of the data.
        draws: whether runs have a log of evaluations and fusion maps.
        space: what tune searches for an experiment.
    """

    check: Callable[[Experiment, EncodedData], object]
    train: Train
    predict: Callable[[RunDirectory, EncodedData, str], Iterator[tuple[Batch, Predictions]]]
    draws: bool
    space: Callable[[Experiment], Space]


def _network_predictions(directory: RunDirectory, data: EncodedData, split: str) -> Iterator[tuple[Batch, Predictions]]:
    return predictions(TrainedModel.load(directory.path).model, data.splits[split].batches(SCORING_ROWS))


NETWORK: Final = Learner(require_buildable, fit_network, _network_predictions, draws=True, space=network_space)
TREES: Final = Learner(lambda experiment, data: None, train_trees, tree_predictions, draws=False, space=tree_space)
DEFAULT_TREES: Final = Learner(
    lambda experiment, data: CATBOOST_TREES.require(),
    partial(train_trees, library=CATBOOST_TREES),
    partial(tree_predictions, library=CATBOOST_TREES),
    draws=False,
    space=no_space,
)


@dataclass(frozen=True)
class ModelPlan:
    """One model of a cell.

    Args:
        experiment: makes it.
        learner: how.
        tasks: whose labels of the table it reads.
        folder: of its runs in a cell's.
    """

    experiment: Experiment
    learner: Learner
    tasks: tuple[int, ...]
    folder: str

    def with_seed(self, seed: int) -> "ModelPlan":
        """The same model with another seed."""
        training = derive(self.experiment.training, seed=seed)
        return replace(self, experiment=derive(self.experiment, training=training))

    def space(self, experiment: Experiment) -> Space:
        """What tune searches for it; the weight of a loss only where there are others beside it."""
        return self.learner.space(experiment if len(self.tasks) > 1 else without_loss_weights(experiment))

    def check(self, data: EncodedData) -> None:
        """Raises TaskfusionError where the model cannot be made."""
        require_distillable(self.experiment, data)
        self.learner.check(self.experiment, data.only(self.tasks))

    def distilled(self, data: EncodedData, teachers: Path, progress: Progress) -> EncodedData:
        """The data with distilled labels, where it has teachers, whose predictions are cached in a folder.

        Raises:
            TaskfusionError: a teacher cannot be made.
            InterruptedTrainingError: teaching was stopped; the same call goes on.
        """
        return with_distilled_labels(self.experiment, data, teachers, progress, self.tasks)


@dataclass(frozen=True)
class CellPlan:
    """One method with one seed: one model, or one per task."""

    variant: str
    seed: int
    models: tuple[ModelPlan, ...]

    def directory(self, model: ModelPlan, out: Path) -> RunDirectory:
        """Where a model's run is kept."""
        return RunDirectory(out / self.variant / f"seed-{self.seed}" / model.folder)

    def title(self, model: ModelPlan) -> str:
        """What a model is called in progress."""
        return " ".join(word for word in (self.variant, model.folder, f"seed {self.seed}") if word)


def _one_network(variant: str, experiment: Experiment, data: EncodedData, size: int) -> tuple[ModelPlan, ...]:
    """One model of all tasks, whose fusion network and towers have so many parameters; tables are shared where the
    variant cannot read a task's own.
    """
    if not variant_of(variant).family.owned:
        experiment = _with_shared_tables(experiment)
    scaled = with_variant(experiment, variant, layout=data.encoder.layout, parameters=size)
    return (ModelPlan(_of_network(scaled), NETWORK, tuple(range(len(experiment.tasks))), ""),)


def network_of(experiment: Experiment, tasks: tuple[int, ...]) -> ModelPlan:
    """One model of some of the tasks, with the experiment's own settings and widths."""
    chosen = with_tasks(experiment, [experiment.tasks[index].name for index in tasks])
    return ModelPlan(_of_network(chosen), NETWORK, tasks, "")


def _single_task_networks(experiment: Experiment, data: EncodedData, size: int) -> tuple[ModelPlan, ...]:
    """T models of one task each: one tower over one stack of layers, with tables, optimizer and stopping of its own;
    together they have so many parameters.
    """
    share = size // len(experiment.tasks)
    models = []
    for index, task in enumerate(experiment.tasks):
        alone = derive(
            _with_shared_tables(experiment),
            tasks=(_alone(task),),
            sharing=SharingConfig(),
            relations=(),
            calibration=experiment.calibration.only(task),
            network=derive(experiment.network, task_experts=1, native_residual=None, task_groups=()),
            training=derive(experiment.training, criterion=_criterion_of(task, experiment.training.criterion.metric)),
        )
        scaled = with_variant(alone, "shared-bottom", layout=data.encoder.layout, parameters=share)
        models.append(ModelPlan(_of_network(scaled), NETWORK, (index,), task.name))
    return tuple(models)


def _undistilled(experiment: Experiment, data: EncodedData, size: int) -> tuple[ModelPlan, ...]:
    """As single-task, but the labels alone are learned: what separate networks are without teachers.

    Raises:
        ExperimentError: the experiment has no teachers.
    """
    if not experiment.distillation.share:
        raise ExperimentError(f"distillation.share is 0, so it would be {SINGLE_TASK} again")
    return _single_task_networks(_without(experiment, "distillation"), data, size)


def _trees(experiment: Experiment, data: EncodedData, size: int) -> tuple[ModelPlan, ...]:
    """T models of one task each, stopped by their own loss; their size is their settings'."""
    return _forests(_without(experiment, *_OF_NETWORKS), TREES)


def _default_trees(experiment: Experiment, data: EncodedData, size: int) -> tuple[ModelPlan, ...]:
    """As _trees, with the defaults of CatBoost."""
    return _forests(_without(experiment, *_OF_NETWORKS, "lightgbm"), DEFAULT_TREES)


def _forests(experiment: Experiment, learner: Learner) -> tuple[ModelPlan, ...]:
    kept = {name: getattr(experiment.training, name) for name in ("seed", "threads", "memory_gib")}
    alone = derive(experiment, training=TrainingConfig.model_validate(kept))
    return tuple(
        ModelPlan(_trees_of(task, alone), learner, (index,), task.name) for index, task in enumerate(experiment.tasks)
    )


def _trees_of(task: Task, experiment: Experiment) -> Experiment:
    return derive(experiment, tasks=(_alone(task),), calibration=experiment.calibration.only(task))


def _alone(task: Task) -> Task:
    """Without its weight among other tasks, which would only make the decay of the network's weights stronger."""
    return derive(task, loss_weight=1.0)


_SHARED_TABLES: Final = {"tables": "shared", "fusion": False, "own_features": None, "own_dim": None}


def _with_shared_tables(experiment: Experiment) -> Experiment:
    return derive(experiment, embedding=derive(experiment.embedding, **_SHARED_TABLES))


def _of_network(experiment: Experiment) -> Experiment:
    """What a network reads of an experiment: the trees' settings only where trees teach it or predict beside it."""
    reads_trees = experiment.distillation.share or experiment.ensemble.trees
    return experiment if reads_trees else _without(experiment, "lightgbm")


def _without(experiment: Experiment, *sections: str) -> Experiment:
    """With the defaults of sections that a learner does not read, so that its runs outlive changes there."""
    fields = Experiment.model_fields
    usual = {section: fields[section].get_default(call_default_factory=True) for section in sections}
    return derive(experiment, **usual)


def _criterion_of(task: Task, metric: str) -> CriterionConfig:
    return CriterionConfig(metric=metric if metric in kind_of(task).metric_names else "relative_loss")


@dataclass(frozen=True)
class Method:
    """What a comparison can train.

    Args:
        models: from experiment, data and number of parameters to its models.
        line: what it is, as one sentence.
    """

    models: Callable[[Experiment, EncodedData, int], tuple[ModelPlan, ...]]
    line: str


BASELINES: Final[Mapping[str, Method]] = {
    SINGLE_TASK: Method(_single_task_networks, BASELINE_LINES[SINGLE_TASK]),
    UNDISTILLED: Method(_undistilled, BASELINE_LINES[UNDISTILLED]),
    LIGHTGBM: Method(_trees, BASELINE_LINES[LIGHTGBM]),
    CATBOOST: Method(_default_trees, BASELINE_LINES[CATBOOST]),
}
"""What a model of all tasks has to beat, by name; the first of them in a comparison is the reference of its tables;
where there is none, its first variant is."""


def methods() -> dict[str, Method]:
    """By name all methods that there are now: every variant, then the baselines.

    Raises:
        ExperimentError: a variant was registered by the name of a baseline.
    """
    taken = [name for name in BASELINES if name in VARIANTS]
    if taken:
        raise ExperimentError(f"the variant '{taken[0]}' has the name of a baseline; register it under another name")
    networks = {name: Method(partial(_one_network, name), variant.line) for name, variant in VARIANTS.items()}
    return {**networks, **BASELINES}
