"""Learning curves: the criterion and what every task does over the epochs."""

import math
from collections.abc import Mapping, Sequence

from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.report import number
from taskfusion.report.axis import Axis, around
from taskfusion.report.figure import Curve, Mark, Panel, Plot
from taskfusion.report.language import _
from taskfusion.report.theme import BETTER, Style

_LABEL = 0.25  # of the span, room for a label above or below the outermost mark


def criterion_curve(log: Sequence[EvaluationRecord], title: str, higher_is_better: bool) -> Plot:
    """The criterion at every evaluation, the best evaluation marked.

    Args:
        log: evaluations, at least one.
        title: name of the criterion.
        higher_is_better: whether the best evaluation is the highest.
    """
    points = [(one.epoch, one.criterion) for one in log]
    marks = [Mark(x, y, _at(x, y)) for x, y in points]
    best = [one for one in log if one.best]
    axis = around(title, [y for _x, y in points])
    if best:
        x, y = best[-1].epoch, best[-1].criterion
        text = _("best {value}", value=number.metric("relative_loss", y))
        hover = _("best, {evaluation}", evaluation=_at(x, y))
        marks.append(Mark(x, y, hover, BETTER, size=6, label=text, below=not higher_is_better))
        axis = _with_room(axis, above=higher_is_better)
    panel = Panel(_epochs(log), axis, [Curve(points, name=title)], marks, height=200)
    return Plot(_("{metric} on the validation rows at every evaluation", metric=title), [panel])


def task_curves(task: str, log: Sequence[EvaluationRecord], metric: str, title: str, style: Style) -> Plot:
    """Training loss of a task above, a metric of the validation rows below, over the epochs.

    Args:
        task: name of the task.
        log: evaluations, at least one.
        metric: key of the validation metric.
        title: name of that metric.
        style: how the task is drawn.
    """
    above = [(one.epoch, one.train_loss.get(task)) for one in log]
    below = [(one.epoch, one.validation.get(task, {}).get(metric)) for one in log]
    best = [one.epoch for one in log if one.best][-1:]
    panels = [
        _curve_panel(_epochs(log), _("training loss"), above, best, style, bare=True),
        _curve_panel(_epochs(log), title, below, best, style, bare=False),
    ]
    label = _("Training loss and validation {metric} of {task} over the epochs", metric=title, task=task)
    return Plot(label, panels)


def criterion_charts(logs: Mapping[str, Sequence[EvaluationRecord]], title: str) -> list[tuple[str, Plot]]:
    """The criterion over the epochs, one figure per variant, with all other variants in grey behind it.

    Args:
        logs: evaluations by variant; variants without an evaluation are left out.
        title: name of the criterion.
    """
    shown = {variant: log for variant, log in logs.items() if log}
    if not shown:
        return []
    x = _epochs([one for log in shown.values() for one in log])
    y = around(title, [one.criterion for log in shown.values() for one in log])
    points = {variant: [(one.epoch, one.criterion) for one in log] for variant, log in shown.items()}
    return [(variant, _criterion_chart(variant, points, x, y)) for variant in shown]


def _criterion_chart(chosen: str, points: Mapping[str, Sequence[tuple[float, float]]], x: Axis, y: Axis) -> Plot:
    behind = [Curve(others, width=1, faint=True) for variant, others in points.items() if variant != chosen]
    front = Curve(points[chosen], BETTER, chosen, 2.5)
    marks = [
        Mark(epoch, value, _("{variant}, {evaluation}", variant=chosen, evaluation=_at(epoch, value)), BETTER, size=3)
        for epoch, value in points[chosen]
    ]
    label = _("{metric} of {variant} on the validation rows, other variants in grey", metric=y.title, variant=chosen)
    return Plot(label, [Panel(x, y, [*behind, front], marks, height=160)])


def _curve_panel(
    x: Axis,
    title: str,
    points: Sequence[tuple[float, float | None]],
    rules: Sequence[float],
    style: Style,
    *,
    bare: bool,
) -> Panel:
    known = [(x, y) for x, y in points if y is not None and math.isfinite(y)]
    marks = [Mark(*one, _at(*one), style.colour, style.shape, size=3) for one in known]
    axis = around(title, [y for _x, y in known] or [0.0, 1.0], count=4 if known else 0)
    return Panel(x, axis, [Curve(points, style.colour, title, 2, style.dash)], marks, rules, height=110, bare=bare)


def _at(epoch: float, value: float) -> str:
    """What a mark says when pointed at."""
    return _("epoch {epoch}: {value}", epoch=number.plain(epoch), value=format(value, ".4f"))


def _epochs(log: Sequence[EvaluationRecord]) -> Axis:
    last = max(one.epoch for one in log)
    return Axis(_("epoch"), 0, 1.03 * last or 1.0)


def _with_room(axis: Axis, *, above: bool) -> Axis:
    room = _LABEL * (axis.high - axis.low)
    low, high = (axis.low, axis.high + room) if above else (axis.low - room, axis.high)
    return Axis(axis.title, low, high)
