"""The part of the experiment file that says what the fusion network is and what it may share."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from taskfusion.base.nearest import did_you_mean
from taskfusion.schema.feature import CategoricalFeature, Feature
from taskfusion.schema.spec import MOST_TASKS, Few, Name, Spec, Strength, Width
from taskfusion.schema.task.base import SHARED
from taskfusion.variants.table import VARIANTS, variants_that_read


def _known_variant(name: str) -> str:
    if name not in VARIANTS:
        names = ", ".join(f"'{known}'" for known in VARIANTS)
        expected = f"one of the variants {names}, or one that was given to register_variant"
        raise PydanticCustomError("literal_error", "should be {expected}", {"expected": expected})
    return name


VariantName = Annotated[str, StringConstraints(max_length=200), AfterValidator(_known_variant)]
"""A name of the table of variants, as it is when an experiment is read."""


MOST_RULES: Final = MOST_TASKS**2
_Layers = Annotated[tuple[Width, ...], Field(max_length=16)]
_FewPerTask = Annotated[tuple[Few, ...], Field(max_length=MOST_TASKS)]


class GateConfig(Spec):
    """How gates weigh the experts that they see; the defaults leave the architectures as published."""

    temperature: float = Field(
        1.0,
        ge=0.001,
        le=1000,
        description="Softmax gates divide their logits by it: above 1 weights are more even, below 1 more decided.",
    )
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of a level's experts that softmax gates leave out in training, row by row, 0..1; the other "
        "weights are scaled up to a sum of 1, and no unit loses all experts that it sees.",
    )
    own_share: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Native-first start: weight that a unit gives its own experts before training, 0..1, so that "
        "sharing is earned; null: all experts start alike, up to noise.",
    )
    balance_weight: Strength = Field(
        0.0,
        description="Weight, in the training loss, of how unevenly each softmax gate uses the experts that it sees: "
        "the squared coefficient of variation of their mean weights in a batch (Shazeer et al., ICLR 2017).",
    )
    features: tuple[Name, ...] = Field(
        (),
        max_length=8,
        description="Categorical features that say which domain a row is of, like a scenario, a market or a tab; the "
        "softmax gates of every level read them beside what they read anyhow, so that what is shared depends on the "
        "domain: each value has a bias of its own on every edge, 0 at the start (gates that read the scenario: HiNet, "
        "Zhou et al., ICDE 2023). They keep their place among the features, and have 256 values together at the most.",
    )

    @field_validator("features")
    @classmethod
    def _features_are_named_once(cls, features: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(features)) < len(features):
            raise ValueError("a feature is named twice")
        return features

    def require_features(self, features: Sequence[Feature]) -> None:
        """Raises ValueError where features names one that is not there or not categorical."""
        known = [feature.name for feature in features if isinstance(feature, CategoricalFeature)]
        for name in self.features:
            if name not in known:
                raise ValueError(
                    f"network.gate.features names '{name}', but the categorical features are "
                    f"{', '.join(known) or 'none'}"
                )


class TaskGroup(Spec):
    """Tasks that belong together."""

    name: Name = Field(description="Unlike all tasks and other groups, and not 'shared'.")
    tasks: tuple[Name, ...] = Field(
        min_length=2, max_length=MOST_TASKS, description="Its tasks; a task may be in several groups."
    )


class NetworkConfig(Spec):
    """The fusion network and the towers. Each variant reads what the table of variants says."""

    variant: VariantName = Field("adatt-sp", description="Architecture of the fusion levels: a name of that table.")
    level_dims: tuple[_Layers, ...] = Field(
        ((128,), (64,)),
        min_length=1,
        max_length=32,
        description="Per fusion level the layer widths of one expert, in units.",
    )
    task_experts: Few | _FewPerTask = Field(
        2,
        description="Native experts of a task at each level: one number, or one number per task.",
    )
    shared_experts: int = Field(1, ge=0, le=64, description="Experts of the shared unit.")
    task_groups: tuple[TaskGroup, ...] = Field(
        (),
        max_length=MOST_TASKS,
        description="Groups of tasks that have a unit with experts of its own. A group and another unit take from each "
        "other where the tasks of one are among the other's, so a task takes from its groups alone: the hierarchy mask "
        "of HoME (Wang et al., 2024).",
    )
    group_experts: Few = Field(1, description="Experts of a group of tasks at each level.")
    num_experts: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Experts of a level, where they belong to nobody; null: as many as all tasks' experts together.",
    )
    native_residual: bool | None = Field(
        None, description="The residual over native experts; null: where the variant has one."
    )
    expert_output: Literal["relu", "normalised-swish"] = Field(
        "relu",
        description="What experts do with their last layer. relu: as published; normalised-swish: normalise each "
        "number over the batch, then Swish, so that gates weigh experts of one scale (HoME, Wang et al., 2024).",
    )
    gate: GateConfig = Field(
        default_factory=lambda: GateConfig.model_validate({}), description="How gates weigh experts."
    )
    feature_gate_dim: Width | None = Field(
        None,
        description="Hidden width of feature gates: before the first level each task weighs every number of the "
        "input, 0 to 2 times, by a small network that reads the input; where experts belong to nobody, all tasks weigh "
        "alike; null: no gates (PEPNet, Chang et al., KDD 2023; HoME, Wang et al., 2024).",
    )
    init: Literal["linear", "unit-variance"] = Field(
        "linear",
        description="Start of the experts. linear: as torch's linear layers, whose signal fades over three levels and "
        "more; unit-variance: every level's states start with the variance of its input (He et al., 2015; Mishkin and "
        "Matas, 2016).",
    )
    tower_dims: _Layers = Field((32,), description="Hidden layer widths of a task's tower, in units.")
    dropout: float = Field(
        0.0, ge=0, lt=1, description="Share of the inputs of a tower's last layer dropped in training, 0..1."
    )

    @field_validator("level_dims", mode="before")
    @classmethod
    def _levels_are_lists(cls, value: object) -> object:
        if isinstance(value, list | tuple) and any(isinstance(level, int) for level in value):
            raise ValueError("every level is a list of layer widths, like [[128], [64]]")
        return value

    @model_validator(mode="after")
    def _levels_have_layers(self) -> Self:
        if any(not level for level in self.level_dims):
            raise ValueError("every level of level_dims needs at least one layer width, like [[128], [64]]")
        return self

    def require_groups(self, tasks: Sequence[str]) -> None:
        """Raises ValueError where groups do not suit the variant or the tasks; the message names what does not."""
        suited = variants_that_read("task_groups")
        if self.task_groups and self.variant not in suited:
            raise ValueError(f"network.task_groups suit {', '.join(suited)}, but the variant is {self.variant}")
        taken = [*tasks, SHARED]
        for group in self.task_groups:
            unknown = [task for task in group.tasks if task not in tasks]
            if unknown:
                raise ValueError(
                    f"network.task_groups names task '{unknown[0]}' in '{group.name}', but the tasks are "
                    f"{', '.join(tasks)}"
                )
            if len(set(group.tasks)) < len(group.tasks):
                raise ValueError(f"the group '{group.name}' of network.task_groups names a task twice")
            if group.name in taken:
                raise ValueError(f"the group '{group.name}' of network.task_groups has another unit's name; rename it")
            taken.append(group.name)


class SharingRule(Spec):
    """Direct edges from the experts of one unit into another fusion unit."""

    source: Name = Field(
        description="Task whose experts are read; '*' is not known, name each task. Of stop_gradient also a group, or "
        f"'{SHARED}', the shared unit."
    )
    target: Name = Field(description="Task that reads them; of stop_gradient likewise.")
    levels: tuple[Few, ...] | None = Field(
        None, max_length=32, description="Fusion levels, counted from 1; null: all levels."
    )


class SharingConfig(Spec):
    """Which task may take directly from which; paths through shared parts remain and reports name them."""

    default: Literal["allow", "forbid"] = Field("allow", description="What holds for edges no rule names.")
    allow: tuple[SharingRule, ...] = Field(
        (), max_length=MOST_RULES, description="Edges allowed although the default forbids."
    )
    forbid: tuple[SharingRule, ...] = Field(
        (), max_length=MOST_RULES, description="Edges forbidden although the default allows."
    )
    quarantine: tuple[Name, ...] = Field(
        (),
        max_length=MOST_TASKS,
        description="Tasks from whose experts no other unit takes at any level: no task, no group, not the shared "
        "unit. They go on to take from the others.",
    )
    stop_gradient: tuple[SharingRule, ...] = Field(
        (),
        max_length=MOST_RULES,
        description="Edges along which the target reads the source's experts without training them, so that its labels "
        "do no harm there: all forward, task-specific backward, edge by edge (STEM: Su et al., AAAI 2024).",
    )

    @model_validator(mode="after")
    def _rules_change_the_default(self) -> Self:
        for rule in (*self.allow, *self.forbid, *self.stop_gradient):
            if rule.source == rule.target:
                raise ValueError(f"a task always sees its own experts, so no rule can be about '{rule.source}' alone")
        if len(set(self.quarantine)) < len(self.quarantine):
            raise ValueError("sharing.quarantine names a task twice")
        idle = self.allow if self.default == "allow" else self.forbid
        if idle:
            raise ValueError(
                f"default is '{self.default}', so rules under {self.default} change nothing; "
                f"use {'forbid' if self.default == 'allow' else 'allow'}"
            )
        return self

    def require_names(self, tasks: Sequence[str], groups: Sequence[str], levels: int) -> None:
        """Raises ValueError where a rule names a task, unit or level that is not there.

        Args:
            tasks: names of all tasks.
            groups: names of the groups of tasks.
            levels: their number.
        """
        rules = [*self.allow, *self.forbid]
        named = [name for rule in rules for name in (rule.source, rule.target)] + [*self.quarantine]
        _require_known(named, tasks, "task", f"the tasks are {', '.join(tasks)}")
        units = [*tasks, *groups, SHARED]
        of_units = [name for rule in self.stop_gradient for name in (rule.source, rule.target)]
        _require_known(of_units, units, "unit", f"the units are {', '.join(units)}")
        for rule in (*rules, *self.stop_gradient):
            for level in rule.levels or ():
                if level > levels:
                    raise ValueError(f"sharing names level {level}, but there are {levels} levels")


def _require_known(names: Sequence[str], known: Sequence[str], what: str, there_are: str) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"sharing names {what} '{name}', but {there_are}{did_you_mean(name, known)}")
