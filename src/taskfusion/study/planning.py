"""From an experiment to the models of a method, each checked before hours of training."""

from collections.abc import Mapping, Sequence

from taskfusion.assemble.capacity import trunk_parameters
from taskfusion.base.errors import ExperimentError
from taskfusion.base.extra import require_extra
from taskfusion.base.nearest import did_you_mean
from taskfusion.config.experiment import Experiment
from taskfusion.config.rename import renamed
from taskfusion.data.prepared import EncodedData
from taskfusion.study.baseline import BASELINE_EXTRAS
from taskfusion.study.method import ModelPlan, methods
from taskfusion.study.space import Settings, experiment_with


def require_known(variants: Sequence[str]) -> None:
    """Raises ExperimentError where a method is not known, or named twice."""
    known = methods()
    for variant in variants:
        if variant not in known:
            unknown = f"variant '{variant}' is not known; known are {', '.join(known)}{did_you_mean(variant, known)}"
            raise ExperimentError(renamed(variant) or unknown)
        if list(variants).count(variant) > 1:
            raise ExperimentError(f"variant '{variant}' is named twice")


def require_installed(variants: Sequence[str]) -> None:
    """Raises ExperimentError where a method needs a package that is not installed."""
    for variant in variants:
        if variant in BASELINE_EXTRAS:
            require_extra(BASELINE_EXTRAS[variant])


def plan_models(
    experiment: Experiment, variant: str, data: EncodedData, tuned: Mapping[str, Settings] | None = None
) -> tuple[ModelPlan, ...]:
    """The models of a method.

    A model's fusion network and towers, or those of T separate models together, have as many parameters as the
    experiment's own. A model with settings of its own is the one that the experiment with these settings gives: widths
    of levels among them change the size that is aimed at.

    Args:
        experiment: what all methods share.
        variant: name of the method.
        data: the rows.
        tuned: by the folder of a model, settings of its own; None: no model has any.

    Raises:
        ExperimentError: the method does not suit the experiment or its settings.
    """
    try:
        chosen = models_of(experiment, variant, data)
        if tuned is not None:
            chosen = tuple(_tuned(experiment, variant, data, model.folder, tuned) for model in chosen)
        for model in chosen:
            model.check(data)
    except ExperimentError as error:
        raise ExperimentError(
            f"variant '{variant}' does not suit the experiment: {error}; leave it out of --variants"
        ) from error
    return chosen


def _tuned(
    experiment: Experiment, variant: str, data: EncodedData, folder: str, tuned: Mapping[str, Settings]
) -> ModelPlan:
    if folder not in tuned:
        raise ExperimentError(f"no settings were tuned for its model of task '{folder}'")
    return plan_model(experiment, variant, data, folder, tuned[folder])


def plan_model(experiment: Experiment, variant: str, data: EncodedData, folder: str, settings: Settings) -> ModelPlan:
    """One model of a method, with settings of its own; not yet checked.

    Raises:
        ExperimentError: the settings do not suit.
    """
    models = models_of(experiment_with(experiment, settings), variant, data)
    return next(model for model in models if model.folder == folder)


def models_of(experiment: Experiment, variant: str, data: EncodedData) -> tuple[ModelPlan, ...]:
    """The models of a method, not yet checked; of about as many parameters as the experiment's own.

    Raises:
        ExperimentError: the method does not suit the experiment.
    """
    return methods()[variant].models(experiment, data, trunk_parameters(experiment, data.encoder.layout))
