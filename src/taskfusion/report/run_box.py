"""The verdict of one run: what was learned, what it cost, and what to do next."""

import shlex
from collections.abc import Sequence
from typing import Final

from taskfusion.evaluate.metric import LEAD_METRIC, lead_metric
from taskfusion.evaluate.record import TaskRecord
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.language import _
from taskfusion.report.words import listed
from taskfusion.run.record.metrics import NetworkTraining

_FAR: Final = -1.0
"""A loss so many times above that of predicting the mean fills its bar."""


def run_box(
    name: str, records: Sequence[TaskRecord], training: NetworkTraining, summary: str, first: Sequence[str] = ()
) -> VerdictBox:
    """The verdict of a run.

    Args:
        name: of the run.
        records: of the tasks, on the rows that are shown.
        training: what it took.
        summary: what was learned, in sentences.
        first: sentences that come before it.
    """
    losses = {one.task: loss for one in records if (loss := one.metrics.get(LEAD_METRIC)) is not None}
    failed = [task for task, loss in losses.items() if loss >= 1]
    command, purpose = _next(name, failed)
    return VerdictBox(
        learned_title(records),
        "better" if losses and not failed else "unclear",
        [*first, summary],
        learned_chart(records),
        run_costs(training),
        command,
        purpose,
    )


def learned_title(records: Sequence[TaskRecord]) -> str:
    """Whether the tasks are better than predicting the mean, in a few words."""
    losses = {one.task: loss for one in records if (loss := one.metrics.get(LEAD_METRIC)) is not None}
    failed = [task for task, loss in losses.items() if loss >= 1]
    if not losses:
        return _("Nothing can be said: no task has a loss on these rows")
    if len(losses) == 1:
        return _("Worse than predicting the mean") if failed else _("Better than predicting the mean")
    if failed:
        return _("Not ready: {tasks} no better than predicting the mean", tasks=listed(failed))
    return _("All {count} tasks are better than predicting the mean", count=len(losses))


def learned_chart(records: Sequence[TaskRecord]) -> BarChart | None:
    """A bar per task: how far its loss is below that of predicting the mean; None where no task has a loss."""
    if all(one.metrics.get(LEAD_METRIC) is None for one in records):
        return None
    bars = [_bar(one) for one in records]
    ends = [0.0, *(end for bar in bars for end in bar.span or ())]
    axis = around(_("by how many percent the loss is lower than that of predicting the mean"), ends)
    return BarChart(_("What every task has learned"), axis, bars)


def _bar(record: TaskRecord) -> Bar:
    loss = record.metrics.get(LEAD_METRIC)
    if loss is None:
        return Bar(record.task, number.NOT_AVAILABLE, "unclear")
    learned = max(1 - loss, _FAR)
    area = record.metrics.get("auc")
    text = f"{_(lead_metric(record.kind).title)} {number.metric(LEAD_METRIC, loss)}"
    text += "" if area is None else f"{_(', ')}AUC {number.metric('auc', area)}"
    return Bar(record.task, text, "better" if learned > 0 else "worse", (0, 100 * learned))


def run_costs(training: NetworkTraining) -> list[KeyFigure]:
    """What a network took: parameters, time, operations."""
    parameters = training.parameters
    return [
        KeyFigure(
            _("parameters"),
            number.quantity(parameters.total),
            [
                _("{count} embedding", count=number.quantity(parameters.embedding)),
                _("{count} network", count=number.quantity(parameters.network)),
                _("{count} towers", count=number.quantity(parameters.tower)),
            ],
        ),
        KeyFigure(
            _("training time"),
            number.duration(training.seconds),
            [_("{count} rows/s", count=number.quantity(training.rows_per_second))],
        ),
        KeyFigure(_("operations per row"), f"{number.quantity(training.flops_per_row)} FLOPs"),
    ]


def _next(name: str, failed: Sequence[str]) -> tuple[str, str]:
    if failed:
        return "taskfusion check EXPERIMENT.yaml", _("says what is wrong with the table or the settings")
    command = f"taskfusion compare EXPERIMENT.yaml --out {shlex.quote(f'{name}-compared')}"
    return command, _("tells, over seeds, whether sharing pays against separate models")
