"""What a quarantine did, in words, and what to do where it does not help."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.evaluate.joint import JointDifference
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.comparison_box import interval_text
from taskfusion.report.figure import Bar, BarChart
from taskfusion.report.language import N_, _
from taskfusion.report.retold import retold
from taskfusion.report.words import joined, paragraph
from taskfusion.run.record.quarantine import QuarantinedTask, QuarantineRecord


@dataclass(frozen=True)
class QuarantineRow:
    """A task.

    Args:
        task: its name.
        note: whether it is the one in quarantine.
        losses: as it was, recalibrated, in quarantine.
        change: of the last against the one before, with its interval.
    """

    task: str
    note: str
    losses: Sequence[str]
    change: str


@dataclass(frozen=True)
class QuarantineView:
    """What a page shows of a quarantine.

    Args:
        sentence: what was done and what came of it.
        how: how that was found.
        chart: the change of each task's loss; None: none is known.
        rows: the tasks.
    """

    sentence: str
    how: str
    chart: BarChart | None
    rows: Sequence[QuarantineRow]


def quarantine_view(found: QuarantineRecord) -> QuarantineView:
    """What a page shows."""
    bars = [_bar(one, found.source) for one in found.tasks if one.change is not None]
    ends = [0.0, *(end for bar in bars for end in (*(bar.span or ()), *(bar.interval or ())))]
    axis = around(_("change of the loss in %; left of the line: it gains"), ends)
    chart = BarChart(_("What the quarantine does to each task"), axis, bars) if bars else None
    return QuarantineView(quarantine_sentence(found), _how(found), chart, quarantine_rows(found))


_ROWS: Final = (N_("the validation rows"), N_("the rows of {table}"))
"""Which rows decide, as records have it."""


def quarantine_sentence(found: QuarantineRecord) -> str:
    """What was done and what came of it."""
    change = _("their loss cannot be told") if found.others is None else _change(found.others)
    message = _KEPT if found.kept else _NOT_KEPT
    told = _(message, source=found.source, change=change, rows=retold(found.rows, _ROWS))
    return paragraph([told, _of_itself(found)])


_KEPT: Final = N_(
    "{source} is in quarantine: no other task takes from its experts. The others gain: {change} on {rows}."
)
_NOT_KEPT: Final = N_(
    "Masking {source} does not help: {change} on {rows}, and it is kept only where they are shown to gain."
)


def advice(found: QuarantineRecord) -> str:
    """What to do where masking does not help."""
    source = found.source
    recalibrated = found.others_recalibrated
    first = (
        f"Correcting the predictions alone helps: {_change(recalibrated)}; set calibration, such as "
        f"calibration.binary=platt, and train again. "
        if recalibrated is not None and recalibrated.verdict == "better"
        else ""
    )
    return (
        f"{first}If {source} harms the others, retrain without its edges (--set sharing.quarantine=[{source}]), "
        f"without its loss (--set tasks.{source}.loss_weight=0), or without the task (strike it from tasks)."
    )


def quarantine_rows(found: QuarantineRecord) -> list[QuarantineRow]:
    """The tasks with their losses."""
    return [
        QuarantineRow(
            one.task,
            _("in quarantine") if one.task == found.source else "",
            [number.metric(LEAD_METRIC, loss) for loss in (one.run, one.recalibrated, one.masked)],
            number.NOT_AVAILABLE if one.change is None else interval_text(one.change),
        )
        for one in found.tasks
    ]


def _change(change: JointDifference) -> str:
    """The mean change of the others."""
    return _("the loss of the others changes by {change} on average", change=interval_text(change))


def _of_itself(found: QuarantineRecord) -> str:
    """Whether the source's own head still works."""
    own = next(one for one in found.tasks if one.task == found.source)
    if own.masked is None:
        return _("Whether {source} itself still works cannot be told from these rows.", source=found.source)
    if own.masked < 1:
        loss = number.metric(LEAD_METRIC, own.masked)
        return _("{source} itself still works: its loss is {loss} of the mean's.", source=found.source, loss=loss)
    return _("{source} itself does not work: it is no better than predicting the mean.", source=found.source)


def _how(found: QuarantineRecord) -> str:
    masked = _(
        _MASKED_LEVELS if len(found.taken) > 1 else _MASKED,
        run=found.run,
        edges=number.count(found.edges),
        source=found.source,
        taken=joined([number.percent(share) for share in found.taken]),
    )
    compared = _(
        _COMPARED_GROUPS if found.grouped else _COMPARED_ROWS,
        count=number.count(found.num_rows),
        rows=retold(found.rows, _ROWS),
        confidence=number.percent(found.confidence),
    )
    return paragraph([masked, compared])


_MASKED: Final = N_(
    "Of the run {run}, {edges} edges to the experts of {source} were masked, to which the other units had given "
    "{taken} of their gate weight on average, at its level; the rest was scaled up. Nothing was trained."
)
_MASKED_LEVELS: Final = N_(
    "Of the run {run}, {edges} edges to the experts of {source} were masked, to which the other units had given "
    "{taken} of their gate weight on average, level by level; the rest was scaled up. Nothing was trained."
)
_COMPARED_GROUPS: Final = N_(
    "The run and the masked network both had their predictions corrected on {count} rows ({rows}), and are compared "
    "there: intervals hold {confidence} over other groups (bootstrap), not over other seeds."
)
_COMPARED_ROWS: Final = N_(
    "The run and the masked network both had their predictions corrected on {count} rows ({rows}), and are compared "
    "there: intervals hold {confidence} over other rows (bootstrap), not over other seeds."
)


def _bar(one: QuarantinedTask, source: str) -> Bar:
    change = one.change
    if change is None:
        return Bar(one.task, number.NOT_AVAILABLE, "unclear")
    style = {"better": "better", "worse": "worse"}.get(change.verdict, "unclear")
    note = _("in quarantine") if one.task == source else ""
    return Bar(one.task, interval_text(change), style, (0.0, change.mean), change.ends, note=note)
