"""The part of the experiment file that says how models learn and are evaluated."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Self

from pydantic import Field, create_model

from taskfusion.config.derive import derive
from taskfusion.schema.spec import MOST_TASKS, Name, Seed, Spec, StepSize, Strength
from taskfusion.schema.task.table import KINDS, LEAD_MEANINGS, Task

_UNDISTILLED: Final = " and ".join(name for name, kind in KINDS.items() if not kind.has_teacher)


class CriterionConfig(Spec):
    """What chooses the best epoch, on validation rows."""

    metric: Literal["relative_loss", "auc", "gauc"] = Field(
        "relative_loss",
        description=f"relative_loss, lower is better ({LEAD_MEANINGS}); auc or gauc of binary tasks, higher is better.",
    )
    tasks: tuple[Name, ...] | None = Field(
        None,
        max_length=MOST_TASKS,
        description="Tasks averaged, each with equal weight; null: all tasks that have the metric.",
    )


class TrainingConfig(Spec):
    """How the model learns."""

    epochs: int = Field(20, ge=1, le=100_000, description="Passes over the training rows at the most.")
    batch_size: int = Field(1024, ge=1, le=10_000_000, description="Rows of one step.")
    optimizer: Literal["adam", "adamw"] = Field("adam", description="adamw decays weights apart from the gradient.")
    learning_rate: StepSize = Field(0.001, description="Step size, per update.")
    weight_decay: Strength = Field(
        0.0,
        description="Decay of all weights but embedding tables (embedding.weight_decay), per update, times the step "
        "size.",
    )
    schedule: Literal["constant", "cosine"] = Field(
        "constant",
        description="Step size after the warm-up: constant, or falling along half a cosine to 0 at the end of epochs.",
    )
    warmup_steps: int = Field(
        0, ge=0, le=1_000_000_000, description="Updates over which the step size rises from 0 to its full size."
    )
    average_decay: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Share of a moving average of the weights that stays, per update, such as 0.999; the average is "
        "what is evaluated and kept. It takes the memory of a second model. null: the last weights.",
    )
    evaluations_per_epoch: int = Field(
        1, ge=1, le=10_000, description="Evaluations of the validation rows in one epoch."
    )
    patience: int = Field(
        3, ge=1, le=1_000_000, description="Evaluations without improvement after which training stops."
    )
    criterion: CriterionConfig = Field(
        default_factory=lambda: CriterionConfig.model_validate({}), description="What chooses the best evaluation."
    )
    checkpoint_seconds: float = Field(
        300.0, gt=0, le=1e9, description="Longest time between two resume points, in seconds."
    )
    seed: Seed = Field(0, description="Seed of the start, the shuffling and the dropout.")
    memory_gib: float = Field(
        4.0,
        ge=0,
        le=1e6,
        description="Encoded tables up to this size, in GiB each, are held in memory; larger ones stream.",
    )
    threads: int | None = Field(None, ge=1, le=1024, description="CPU threads; null: as torch decides.")
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where the model is trained.")
    precision: Literal["float32", "bf16"] = Field(
        "float32",
        description="Of the matrix products in training; bf16 pays where the device has it: CUDA, some CPUs. Weights, "
        "losses, updates and every evaluation stay float32.",
    )
    compile: bool = Field(
        False,
        description="Whether torch.compile builds fusion network and towers, on CUDA with CUDA graphs. The first "
        "steps wait for it, and on a CPU it seldom pays: `python -m benchmarks device-step` measures both.",
    )


class DistillationConfig(Spec):
    """Teachers whose predictions networks learn beside the labels (Hinton et al., arXiv 1503.02531)."""

    share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of a training label that a teacher's prediction takes, 0..1; 0: no teachers. A task's "
        "teacher is LightGBM with the settings of lightgbm, and predicts rows that it did not learn from. Labels of "
        f"{_UNDISTILLED} tasks stay as they are.",
    )
    unlabelled: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Weight in a task's loss of a training row whose label is not known, as a share of the mean weight "
        "of the others; its label is then what the teachers say. It counts for masked rows too. 0: such rows teach "
        "nothing.",
    )
    folds: int = Field(
        5, ge=2, le=100, description="Parts of the training rows; a part's teacher learns from all others."
    )
    repeats: int = Field(
        1, ge=1, le=100, description="Times that rows are parted anew; a row's predictions are averaged over them."
    )


class LightGBMConfig(Spec):
    """Trees, one model per task: the method lightgbm of compare, and the teachers of distillation."""

    ids: Literal["auto", "ordered", "categories", "statistics", "earlier-statistics"] = Field(
        "auto",
        description="How ids of more than 40 codes are seen. ordered: the code, in the order of the values, and how "
        "common it is. categories: the 1,024 most common are categories of their own. statistics: the mean label of "
        "the training rows of a code and how many these are, likewise for lists; of a training row, in other rows. "
        "earlier-statistics: of a training row, in rows before it, for tables in the order of time. auto: for each "
        "task what a few trees find best on the validation rows.",
    )
    num_leaves: int = Field(31, ge=2, le=131072, description="Leaves of a tree at the most.")
    learning_rate: StepSize = Field(0.05, description="Step size, per tree.")
    min_child_samples: int = Field(20, ge=1, le=1_000_000_000, description="Rows of a leaf at the least.")
    feature_fraction: float = Field(0.5, gt=0, le=1, description="Share of the columns that a tree may use, 0..1.")
    lambda_l2: Strength = Field(0.0, description="Strength of the L2 penalty on the values of the leaves.")
    num_rounds: int = Field(
        2000,
        ge=1,
        le=1_000_000,
        description="Rounds at the most, of one tree each; of one tree per value where a label is one of several.",
    )
    patience: int = Field(
        50, ge=1, le=1_000_000, description="Rounds without improvement on validation after which growing stops."
    )


class EnsembleConfig(Spec):
    """Models that predict together with the network."""

    trees: bool = Field(
        False,
        description="Whether LightGBM, with the settings of lightgbm, predicts together with the network: a logit is a "
        "weighted sum of both, with weights per task that are fitted on the validation rows, whose metrics are then "
        "slightly in-sample. Where these rows do not show that anything was learned, predictions stay near the mean.",
    )


class EvaluationConfig(Spec):
    """How metrics are computed."""

    ranking_bins: int | None = Field(
        None,
        ge=1000,
        le=10_000_000,
        description="Score bins that AUC is computed from, in constant memory (error below 0.001); null: exact, which "
        "holds all scores, 8 bytes per row and task, 16 with a group.",
    )


_METHOD_BY_KIND: Final[Mapping[str, Any]] = {
    name: (Literal[kind.calibrations], Field(kind.calibrations[0], description=f"Of {name} tasks."))
    for name, kind in KINDS.items()
}
"""One field per kind of task."""


class CalibrationConfig(create_model("MethodByKind", __base__=Spec, **_METHOD_BY_KIND)):  # type: ignore[misc]
    """What corrects the predictions of a model after training, trees included, fitted on the validation rows, whose
    metrics are then in-sample. temperature: a factor on the logits, by log loss; platt: a factor and a shift; isotonic:
    a rising curve, for some hundred positives and more; linear: a factor and a shift on the prediction, by least
    squares. The order of rows stays, but for single values where a label is one of several. A task whose validation
    rows allow no fit is left as it is; the page of a network's run says so.
    """

    tasks: Mapping[Name, Literal["none", "temperature", "platt", "isotonic", "linear"]] = Field(
        default_factory=dict, description="Of single tasks, by name, such as {click: platt}."
    )

    def method(self, task: Task) -> str:
        """The method of a task; none: its predictions stay as the model gives them."""
        of_kind: str = getattr(self, task.kind)
        return self.tasks.get(task.name, of_kind)

    def for_all(self, tasks: Sequence[Task]) -> Self:
        """The same with a method for every task: its own, or where it has none the recalibration of its kind."""
        bare = {task.name: KINDS[task.kind].recalibration for task in tasks if self.method(task) == "none"}
        return derive(self, tasks={**self.tasks, **bare})

    def only(self, task: Task) -> Self:
        """The same for an experiment of this task alone."""
        return derive(self, tasks={name: method for name, method in self.tasks.items() if name == task.name})

    def require_fit(self, tasks: Sequence[Task]) -> None:
        """Raises ValueError where a task is not there, or its kind has not the method."""
        kinds = {task.name: task.kind for task in tasks}
        for name, method in self.tasks.items():
            if name not in kinds:
                raise ValueError(f"calibration names task '{name}', but the tasks are {', '.join(kinds)}")
            known = KINDS[kinds[name]].calibrations
            if method not in known:
                raise ValueError(
                    f"calibration of the {kinds[name]} task '{name}' should be {' or '.join(known)}, found {method}"
                )
