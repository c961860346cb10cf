"""An experiment of some of its tasks."""

from collections.abc import Sequence

from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment
from taskfusion.config.network import NetworkConfig, SharingConfig, TaskGroup
from taskfusion.config.training import CriterionConfig
from taskfusion.schema.task.base import SHARED


def with_tasks(experiment: Experiment, names: Sequence[str]) -> Experiment:
    """The experiment as if its file named these tasks alone: rules, relations and groups of others go with them.

    Args:
        experiment: stays as it is.
        names: tasks of it that are kept.

    Raises:
        ExperimentError: what comes out is unfit, as where no task is left.
    """
    kept, training = set(names), experiment.training
    if kept >= set(experiment.table_schema.task_names):
        return experiment
    relations = [one for one in experiment.relations if {one.source, one.target} <= kept]
    network = _network(experiment, kept)
    calibrations = {name: method for name, method in experiment.calibration.tasks.items() if name in kept}
    return derive(
        experiment,
        tasks=tuple(task for task in experiment.tasks if task.name in kept),
        network=network,
        sharing=_sharing(experiment.sharing, kept, network),
        relations=tuple(relations),
        training=derive(training, criterion=_criterion(training.criterion, kept)),
        calibration=derive(experiment.calibration, tasks=calibrations),
    )


def _network(experiment: Experiment, kept: set[str]) -> NetworkConfig:
    """A group of fewer than two kept tasks is none, and of groups that became the same one stays."""
    network, counts = experiment.network, experiment.network.task_experts
    groups: dict[frozenset[str], TaskGroup] = {}
    for group in network.task_groups:
        tasks = tuple(task for task in group.tasks if task in kept)
        if len(tasks) > 1:
            groups.setdefault(frozenset(tasks), derive(group, tasks=tasks))
    if isinstance(counts, tuple):
        counts = tuple(count for count, task in zip(counts, experiment.tasks, strict=True) if task.name in kept)
    return derive(network, task_experts=counts, task_groups=tuple(groups.values()))


def _sharing(sharing: SharingConfig, kept: set[str], network: NetworkConfig) -> SharingConfig:
    units = kept | {group.name for group in network.task_groups} | {SHARED}
    rules = {
        name: tuple(rule for rule in getattr(sharing, name) if {rule.source, rule.target} <= units)
        for name in ("allow", "forbid", "stop_gradient")
    }
    return derive(sharing, **rules, quarantine=tuple(name for name in sharing.quarantine if name in kept))


def _criterion(criterion: CriterionConfig, kept: set[str]) -> CriterionConfig:
    """Where it named none of the kept tasks, it is the mean over all of them."""
    named = tuple(task for task in criterion.tasks or () if task in kept)
    return derive(criterion, tasks=named or None)
