"""Which settings are searched, and from where to where."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from taskfusion.assemble.training import ADAGRAD_LEARNING_RATE
from taskfusion.base.errors import ExperimentError
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment, parse_experiment
from taskfusion.config.override import with_settings
from taskfusion.config.training import LightGBMConfig
from taskfusion.config.tuning import Range, TuningConfig
from taskfusion.schema.spec import LARGEST_STEP, MOST_WIDTH

Settings = Mapping[str, Any]
"""Values by the dotted names of settings."""

Space = Mapping[str, Range]
"""Ranges by the dotted names of settings."""

TREES: Final = "lightgbm."
WEIGHTS: Final = ("tasks.", ".loss_weight")

NOT_SEARCHED: Final[Mapping[str, str]] = {
    "data": "all trials learn from the same rows",
    "features": "rows are encoded once for all trials",
    "tasks": "of a task only loss_weight can be searched",
    "calibration": "trials are evaluated without it, as the evaluations on the way are",
    "group": "it says how trials are evaluated",
    "distillation": "teachers are made once for all trials",
    "evaluation": "it says how trials are evaluated",
    "tuning": "it is the search itself",
    "network.variant": "variants are named with --variants, each with a study of its own",
    "training.criterion": "it says how trials are evaluated",
    "training.evaluations_per_epoch": "trials are compared with each other evaluation by evaluation",
    "training.seed": "a lucky start is no setting",
    "training.threads": "it changes no number",
    "training.device": "it changes no number",
    "training.memory_gib": "it changes no number",
    "training.checkpoint_seconds": "it changes no number",
}
"""Settings and sections that a space must not name, and why."""

UNSET: Final[Mapping[str, float]] = {"embedding.learning_rate": ADAGRAD_LEARNING_RATE}
"""What null stands for, of settings that may be searched."""


def network_space(experiment: Experiment) -> dict[str, Range]:
    """What networks search: the experiment's own names but those of trees, else the default space."""
    named = {name: one for name, one in (experiment.tuning.space or {}).items() if not name.startswith(TREES)}
    return named or _default_network_space(experiment)


def tree_space(experiment: Experiment) -> dict[str, Range]:
    """What LightGBM searches: the experiment's own names under lightgbm, else the default space."""
    named = {name: one for name, one in (experiment.tuning.space or {}).items() if name.startswith(TREES)}
    return named or _default_tree_space(experiment.lightgbm)


def no_space(experiment: Experiment) -> dict[str, Range]:
    """Raises ExperimentError: there is nothing to search."""
    raise ExperimentError("catboost is trained with its own defaults, so that tune has nothing to search for it")


def without_loss_weights(experiment: Experiment) -> Experiment:
    """The experiment whose space names no weight of a task."""
    space = {name: one for name, one in (experiment.tuning.space or {}).items() if not _is_loss_weight(name)}
    return derive(experiment, tuning=TuningConfig(space=space or None))


def _is_loss_weight(name: str) -> bool:
    return name.startswith(WEIGHTS[0]) and name.endswith(WEIGHTS[1])


def _default_network_space(experiment: Experiment) -> dict[str, Range]:
    """Around the experiment's own settings, so that these are in it."""
    training, embedding, network = experiment.training, experiment.embedding, experiment.network
    widths = [
        [[min(max(1, round(scale * dim)), MOST_WIDTH) for dim in level] for level in network.level_dims]
        for scale in (0.5, 1.0, 2.0)
    ]
    space = {
        "training.learning_rate": _around(training.learning_rate),
        "training.weight_decay": _values(0.0, 1e-6, 1e-5, 1e-4, 1e-3, own=training.weight_decay),
        "network.dropout": Range(low=0.0, high=max(0.5, network.dropout)),
        "network.level_dims": _values(*widths, own=widths[1]),
    }
    if any(feature.kind != "numeric" for feature in experiment.features):
        space["embedding.dim"] = _values(4, 8, 16, 32, own=embedding.dim)
        space["embedding.feature_dropout"] = Range(low=0.0, high=max(0.3, embedding.feature_dropout))
        if embedding.update != "dense":
            space["embedding.learning_rate"] = _around(embedding.learning_rate or UNSET["embedding.learning_rate"])
    return space


def _default_tree_space(own: LightGBMConfig) -> dict[str, Range]:
    return {
        "lightgbm.learning_rate": _around(own.learning_rate, 5.0),
        "lightgbm.num_leaves": Range(low=8, high=max(255, own.num_leaves), log=True),
        "lightgbm.min_child_samples": Range(low=1, high=max(300, own.min_child_samples), log=True),
        "lightgbm.feature_fraction": Range(low=min(0.2, own.feature_fraction), high=1.0),
        "lightgbm.lambda_l2": _values(0.0, 0.1, 1.0, 10.0, own=own.lambda_l2),
    }


def _around(own: float, factor: float = 10.0) -> Range:
    return Range(low=own / factor, high=min(own * factor, LARGEST_STEP), log=True)


def _values(*values: Any, own: Any) -> Range:  # noqa: ANN401  whatever a setting holds
    distinct = {json.dumps(value): value for value in (*values, own)}
    return Range(values=tuple(distinct.values()))


def experiment_with(experiment: Experiment, settings: Settings) -> Experiment:
    """The experiment with some settings replaced.

    Raises:
        ExperimentError: a name is not known, or a value does not suit.
    """
    content = with_settings(experiment.model_dump(mode="json"), settings)
    shown = ", ".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    return parse_experiment(content, origin=f"with {shown}")


def setting(experiment: Experiment, name: str) -> Any:  # noqa: ANN401  whatever the setting holds
    """The value of a setting by its dotted name, as plain data."""
    found: Any = experiment.model_dump(mode="json")
    for key in name.split("."):
        found = next(one for one in found if one["name"] == key) if isinstance(found, list) else found[key]
    return found


@dataclass(frozen=True)
class Dimension:
    """A setting that is searched.

    Args:
        range: what it is tried with.
        whole: whether its numbers are whole ones.
        own: the experiment's own value, or what its null stands for.
    """

    range: Range
    whole: bool
    own: Any

    @property
    def has_own(self) -> bool:
        """Whether the range holds the experiment's own value."""
        low, high, values = self.range.low, self.range.high, self.range.values
        if values is not None:
            return self.own in values
        is_number = isinstance(self.own, int | float) and not isinstance(self.own, bool)
        return is_number and low is not None and high is not None and low <= self.own <= high


def dimensions(space: Space, experiment: Experiment) -> dict[str, Dimension]:
    """The settings of a space, each tried at the ends of its range.

    Raises:
        ExperimentError: a name is not known or not to be searched, or a value does not suit the setting.
    """
    return {name: _dimension(name, one, experiment) for name, one in space.items()}


def _dimension(name: str, one: Range, experiment: Experiment) -> Dimension:
    _require_searchable(name)
    tried = [one.low, one.high] if one.values is None else one.values
    try:
        found = [setting(experiment_with(experiment, {name: value}), name) for value in tried]
    except ExperimentError as error:
        raise ExperimentError(f"tuning.space: {error}") from error
    whole = one.values is None and all(isinstance(value, int) for value in found)
    own = setting(experiment, name)
    return Dimension(one, whole, UNSET.get(name) if own is None else own)


def _require_searchable(name: str) -> None:
    if _is_loss_weight(name):
        return
    for closed, reason in NOT_SEARCHED.items():
        if f"{name}.".startswith(f"{closed}.") or f"{closed}.".startswith(f"{name}."):
            raise ExperimentError(f"tuning.space names {name}, but {closed} is not searched: {reason}")
