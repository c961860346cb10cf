"""What a quarantine did, in words, and what to do where it does not help."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskfusion.evaluate.joint import JointDifference
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.report import number
from taskfusion.report.axis import around
from taskfusion.report.comparison_box import interval_text
from taskfusion.report.figure import Bar, BarChart
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
    axis = around("change of the loss in %; left of the line: it gains", ends)
    chart = BarChart("What the quarantine does to each task", axis, bars) if bars else None
    return QuarantineView(quarantine_sentence(found), _how(found), chart, quarantine_rows(found))


def quarantine_sentence(found: QuarantineRecord) -> str:
    """What was done and what came of it."""
    change = "their loss cannot be told" if found.others is None else _change(found.others)
    if found.kept:
        return (
            f"{found.source} is in quarantine: no other task takes from its experts. The others gain: {change} on "
            f"{found.rows}. {_of_itself(found)}"
        )
    return (
        f"Masking {found.source} does not help: {change} on {found.rows}, and it is kept only where they are shown to "
        f"gain. {_of_itself(found)}"
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
            "in quarantine" if one.task == found.source else "",
            [number.metric(LEAD_METRIC, loss) for loss in (one.run, one.recalibrated, one.masked)],
            number.NOT_AVAILABLE if one.change is None else interval_text(one.change),
        )
        for one in found.tasks
    ]


def _change(change: JointDifference) -> str:
    """The mean change of the others."""
    return f"the loss of the others changes by {interval_text(change)} on average"


def _of_itself(found: QuarantineRecord) -> str:
    """Whether the source's own head still works."""
    own = next(one for one in found.tasks if one.task == found.source)
    if own.masked is None:
        return f"Whether {found.source} itself still works cannot be told from these rows."
    if own.masked < 1:
        return f"{found.source} itself still works: its loss is {number.metric(LEAD_METRIC, own.masked)} of the mean's."
    return f"{found.source} itself does not work: it is no better than predicting the mean."


def _how(found: QuarantineRecord) -> str:
    drawn = "groups" if found.grouped else "rows"
    taken = " and ".join(number.percent(share) for share in found.taken)
    levels = "level by level" if len(found.taken) > 1 else "at its level"
    return (
        f"Of the run {found.run}, {number.count(found.edges)} edges to the experts of {found.source} were masked, to "
        f"which the other units had given {taken} of their gate weight on average, {levels}; the rest was scaled up. "
        f"Nothing was trained. The run and the masked network both had their predictions corrected on "
        f"{number.count(found.num_rows)} rows ({found.rows}), and are compared there: intervals hold "
        f"{number.percent(found.confidence)} over other {drawn} (bootstrap), not over other seeds."
    )


def _bar(one: QuarantinedTask, source: str) -> Bar:
    change = one.change
    if change is None:
        return Bar(one.task, number.NOT_AVAILABLE, "unclear")
    style = {"better": "better", "worse": "worse"}.get(change.verdict, "unclear")
    note = "in quarantine" if one.task == source else ""
    return Bar(one.task, interval_text(change), style, (0.0, change.mean), change.ends, note=note)
