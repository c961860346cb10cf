"""From finished models to what each task does to the others, by their stored labels and predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from taskfusion.evaluate.evidence import Evidence, evidence
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.statistic import LabelledRows
from taskfusion.evaluate.transfer import TransferEffect, transfer_effect, with_shared_scatter
from taskfusion.run.record.metrics import SplitName
from taskfusion.schema.task.table import Task
from taskfusion.study.compare.comparison import cell_records, is_finished
from taskfusion.study.compare.holdout import kept_predictions, kept_rows
from taskfusion.study.method import CellPlan
from taskfusion.study.transfer.plan import ALL, TransferPlan

CONFIDENCE = 0.95
"""That all intervals of one table hold together."""


def simultaneous(intervals: int) -> float:
    """The confidence of each of so many intervals, so that all hold together with CONFIDENCE (Bonferroni)."""
    return 1 - (1 - CONFIDENCE) / max(intervals, 1)


@dataclass(frozen=True)
class Effects:
    """What a model of other tasks than all shows.

    Args:
        seeds: that both models were trained with.
        mean: of the tasks that both have; None: no task has a loss that can be compared.
        tasks: by task.
        evidence: what they are from.
    """

    seeds: tuple[int, ...]
    mean: TransferEffect | None
    tasks: Mapping[str, TransferEffect]
    evidence: Evidence


class Findings:
    """The finished cells of a plan in its directory.

    Args:
        plan: what was to be trained.
        tasks: all tasks of the experiment.
        split: whose labels and predictions are stored.
        out: the directory.
    """

    def __init__(self, plan: TransferPlan, tasks: Sequence[Task], split: SplitName, out: Path) -> None:
        self.plan, self.tasks, self.split, self.out = plan, tasks, split, out
        self.rows: list[LabelledRows] = kept_rows(tasks, out)

    def effects(self, variant: str, places: Sequence[int], *, pairs: int, means: int) -> Effects | None:
        """The losses of a model against those of the model of all tasks; None where no seed has both.

        Args:
            variant: name of the cells.
            places: of the tasks that it has.
            pairs: intervals of single tasks in the table.
            means: intervals of means in the table.
        """
        cells = {name: self._finished(name) for name in (ALL, variant)}
        seeds = tuple(seed for seed in cells[ALL] if seed in cells[variant])
        places = [place for place in places if len(self.rows[place].label_K)]
        if not seeds or not places:
            return None
        found = evidence(
            [self.rows[place] for place in places],
            [ALL, variant],
            lambda name, place: [
                kept_predictions(cells[name][seed], places[place], self.tasks[places[place]], self.out)
                for seed in seeds
            ],
            baselines=[ALL],
            better_baseline={},
            confidence=simultaneous(pairs),
            mean_confidence=simultaneous(means),
        )
        (contrast,) = found.contrasts
        by_seed = {seed: self._changes(cells[ALL][seed], cells[variant][seed]) for seed in seeds}
        compared = {task: changes[LEAD_METRIC] for task, changes in contrast.tasks.items() if LEAD_METRIC in changes}
        effects = {
            task: transfer_effect(change, [by_seed[seed][task] for seed in seeds]) for task, change in compared.items()
        }
        mean = contrast.mean.get(LEAD_METRIC)
        means_of_seeds = [fmean(by_seed[seed][task] for task in compared) for seed in seeds if compared]
        return Effects(seeds, None if mean is None else transfer_effect(mean, means_of_seeds), effects, found)

    def loss(self, variant: str, task: str) -> float | None:
        """The loss of a task in the models of one name, over that of predicting the mean; mean over seeds."""
        found = [self._losses(cell).get(task) for cell in self._finished(variant).values()]
        known = [loss for loss in found if loss is not None]
        return fmean(known) if known else None

    def _finished(self, variant: str) -> dict[int, CellPlan]:
        return {seed: cell for seed, cell in self.plan.of(variant).items() if is_finished(cell, self.out)}

    def _losses(self, cell: CellPlan) -> dict[str, float | None]:
        records = cell_records(cell, self.out, self.split)
        return {record.task: record.metrics[LEAD_METRIC] for record in records}

    def _changes(self, of_all: CellPlan, other: CellPlan) -> dict[str, float]:
        """By task, of one seed, in percent."""
        before = {task: loss for task, loss in self._losses(of_all).items() if loss}
        after = self._losses(other)
        return {task: 100 * (loss / before[task] - 1) for task, loss in after.items() if loss and task in before}


def shared_scatter(
    measured: Mapping[str, Effects | None], targets: Sequence[str], *, pairs: int, means: int
) -> tuple[dict[str, TransferEffect], dict[str, dict[str, TransferEffect]]]:
    """By source its effect on the others on average, and by target and source that on the target; all of one kind, of
    as many seeds, share their scatter over seeds.

    Args:
        measured: by source, its effects.
        targets: names of tasks.
        pairs: intervals of single tasks in the table.
        means: intervals of means in the table.
    """
    known = {source: one for source, one in measured.items() if one is not None}
    on_average = {source: one.mean for source, one in known.items() if one.mean is not None}
    by_target = {
        target: {source: one.tasks[target] for source, one in known.items() if target in one.tasks}
        for target in targets
    }
    clusters = max((one.evidence.clusters for one in known.values()), default=0)
    return (
        _together(on_average, clusters, simultaneous(means)),
        {target: _together(effects, clusters, simultaneous(pairs)) for target, effects in by_target.items()},
    )


def _together(effects: Mapping[str, TransferEffect], clusters: int, confidence: float) -> dict[str, TransferEffect]:
    found: dict[str, TransferEffect] = {}
    for seeds in sorted({len(one.by_seed) for one in effects.values()}):
        alike = {source: one for source, one in effects.items() if len(one.by_seed) == seeds}
        shared = with_shared_scatter(list(alike.values()), clusters=clusters, confidence=confidence)
        found |= dict(zip(alike, shared, strict=True))
    return found
