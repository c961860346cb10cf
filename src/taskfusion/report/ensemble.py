"""What a prediction is made of: the network, trees, and how near the mean it stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.report import number
from taskfusion.report.language import _
from taskfusion.run.record.ensemble import EnsembleRecord, EnsembleTask

HARDLY: Final = 0.5
"""A task that keeps less of its distance to the mean has hardly shown that it learned anything."""


@dataclass(frozen=True)
class Mixture:
    """One task: the shares of both models, and validation losses over that of the constant prediction, as text."""

    task: str
    network_share: str
    trees_share: str
    losses: Sequence[str]


@dataclass(frozen=True)
class EnsembleView:
    """The tasks, and sentences on those that a person should know of."""

    tasks: Sequence[Mixture]
    reading: Sequence[str]


def ensemble_view(found: EnsembleRecord) -> EnsembleView:
    """The table of a run and its reading in sentences."""
    sentences = [_sentence(task) for task in found.tasks]
    return EnsembleView([_mixture(task) for task in found.tasks], [one for one in sentences if one])


def _mixture(task: EnsembleTask) -> Mixture:
    constant = task.losses["constant"]
    trees = min(one.loss for one in task.trees)
    values = [constant, task.losses["network"], trees, task.losses["ensemble"]]
    losses = [number.metric("relative_loss", value / constant if constant else None) for value in values]
    return Mixture(task.name, _share(task.network, task), _share(task.trees_weight, task), losses)


def _share(weight: float, task: EnsembleTask) -> str:
    total = task.network + task.trees_weight
    return number.percent(weight / total) if total else number.NOT_AVAILABLE


def _sentence(task: EnsembleTask) -> str:
    """Empty where both models, or the network alone, learned the task."""
    if not task.network + task.trees_weight:
        return _("{task}: nothing was learned; every row is predicted as the mean.", task=task.name)
    if task.kept < HARDLY:
        return _(
            "{task}: the validation rows hardly show that anything was learned, so predictions keep {share} of their "
            "distance to the mean.",
            task=task.name,
            share=number.percent(task.kept),
        )
    if task.network:
        return ""
    return _("{task}: trees alone predict it; use trees here, the network adds nothing.", task=task.name)
