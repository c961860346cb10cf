"""What a reference holds, and what a watch reads, as tables."""

from taskfusion.cli.output import out
from taskfusion.report.grid import Grid
from taskfusion.run.record.alarms import Alarm
from taskfusion.run.record.watch import WatchRecord, WindowReading
from taskfusion.watch.reference.record import WatchReference


def print_reference(found: WatchReference) -> None:
    """By task, what its labels are beside its predictions, and which change of them is found."""
    rows = [
        [
            task.task,
            f"{whole.rows:,}",
            f"{whole.observed:.4g}",
            f"{whole.predicted:.4g}",
            f"{100 * whole.uncertainty:.1f} %",
            f"+{100 * whole.change:.0f} %",
            f"{whole.limit_up:.1f}",
            str(len(task.segments) - 1),
        ]
        for task in found.tasks
        for whole in task.segments[:1]
    ]
    headings = ["task", "rows", "mean label", "mean prediction", "standard error", "finds", "limit", "segments"]
    out.print(Grid(f"reference of {found.rows:,} rows, windows of {found.window:,}", headings, rows))
    if found.fusion is None:
        out.print("gates and experts are not watched: nothing mixes, or --run was left out", soft_wrap=True)
        return
    dead = [f"{one.expert} of level {one.level}" for one in found.fusion.experts if not one.is_alive]
    out.print(
        f"{len(found.fusion.edges)} edges of gates and {len(found.fusion.experts)} experts are watched; next to "
        f"nothing does: {', '.join(dead) or 'none'}",
        soft_wrap=True,
        highlight=False,
    )


def print_watch(found: WatchRecord) -> None:
    """What is read of each task, and what is wrong."""
    rows = [_row(one, found) for one in found.windows if one.segment is None and one.rows]
    headings = ["task", "model", "window", "labels", "expected", "observed", "calibration", "NE", "evidence", "matured"]
    if rows:
        out.print(Grid("", headings, rows))
    late = sum(one.late for one in found.labels)
    out.print(
        f"{found.decisions:,} decisions and {found.outcomes:,} outcomes are read; {found.unmatched:,} outcomes belong "
        f"to no decision, {late:,} labels came too late",
        soft_wrap=True,
        highlight=False,
    )
    for one in found.ended:
        out.print(
            f"over: {_about(one)} from {one.since:%Y-%m-%d %H:%M} to {one.until:%Y-%m-%d %H:%M} UTC: {one.action}",
            soft_wrap=True,
            highlight=False,
        )
    for alarm in found.alarms:
        out.print(
            f"{alarm.severity}: {_about(alarm)} since {alarm.since:%Y-%m-%d %H:%M} UTC, "
            f"{alarm.value:.3g} beyond {alarm.limit:.3g}: {alarm.action}; see {alarm.remedy} in the runbook",
            soft_wrap=True,
            highlight=False,
        )
    blind = [one.task for one in found.labels if one.labelled == 0]
    if blind and found.data_until is not None:
        out.print(
            f"calibration is not judged yet: no label is mature of {', '.join(blind)}",
            soft_wrap=True,
            highlight=False,
        )
    if not found.alarms:
        out.print("nothing is wrong" if found.data_until is not None else "nothing was read: no log has a row yet")


def _about(alarm: Alarm) -> str:
    what = alarm.task or alarm.kpi or alarm.feature or alarm.bundle or "all models"
    return f"{alarm.name} of {what}" + ("" if alarm.segment is None else f" of {alarm.segment}")


def _row(one: WindowReading, found: WatchRecord) -> list[str]:
    matured = next((label.matured for label in found.labels if label.task == one.task), 0.0)
    return [
        one.task,
        one.bundle[:12],
        f"{one.start:%m-%d %H:%M}{'' if one.is_full else ' (grows)'}",
        f"{one.rows:,}",
        f"{one.expected:.4g}",
        f"{one.observed:.4g}",
        "" if one.calibration is None else f"{one.calibration:.3f}",
        "" if one.ne is None else f"{one.ne:.3f}",
        f"{max(one.cusum_up / one.limit_up, one.cusum_down / one.limit_down):.0%} of limit",
        f"{matured:.0%}",
    ]
