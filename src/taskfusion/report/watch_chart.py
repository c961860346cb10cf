"""Figures of a watch: calibration and its evidence over time, drift, and answers of the fallback."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from taskfusion.report import number
from taskfusion.report.axis import Axis, around
from taskfusion.report.figure import Bar, BarChart, Curve, HeatMap, MapCell, Mark, Panel, Plot
from taskfusion.report.language import _
from taskfusion.report.theme import BETTER, INK, WORSE, styles
from taskfusion.report.watch_words import moment_text, short
from taskfusion.run.record.watch import FeatureReading, TrafficReading, WatchRecord, WindowReading

SHIFT: Final = 0.1
"""Relative shift of calibration that evidence is gathered for."""

_DEEP: Final = 0.3
_FEATURES: Final = 12
"""Features that are drawn, those that moved most."""


def last_windows(record: WatchRecord) -> dict[tuple[str, str | None], WindowReading]:
    """The last full window of each task and segment, of whatever model, or the one that grows where none is full."""
    found: dict[tuple[str, str | None], WindowReading] = {}
    for one in sorted(record.windows, key=lambda one: (one.is_full, one.end)):
        found[one.task, one.segment] = one
    return found


def is_off(one: WindowReading) -> bool:
    """Whether the evidence of a window passed its limit."""
    return one.cusum_up > one.limit_up or one.cusum_down > one.limit_down


def calibration_chart(record: WatchRecord) -> BarChart | None:
    """Calibration of each task in its last window."""
    found = {task: one for (task, segment), one in last_windows(record).items() if segment is None}
    known = {task: one for task, one in found.items() if one.calibration is not None}
    if not known:
        return None
    bars, shifts = [], []
    for task, one in sorted(known.items()):
        shift = 100 * ((one.calibration or 0.0) - 1)
        shifts.append(max(-100.0, min(shift, 100.0)))
        said = f"{number.signed(shift, 1)}{number.percent_sign()}"
        note = _("evidence {value} of {limit}", **_evidence(one))
        bars.append(Bar(task, said, "worse" if is_off(one) else "better", (0.0, shifts[-1]), note=note))
    axis = around(_("labels above or below what is expected, in %"), [-10.0, 0.0, 10.0, *shifts])
    return BarChart(_("Calibration of each task in its last full window"), axis, bars)


def _evidence(one: WindowReading) -> dict[str, str]:
    up = one.cusum_up / one.limit_up >= one.cusum_down / one.limit_down
    value, limit = (one.cusum_up, one.limit_up) if up else (one.cusum_down, one.limit_down)
    return {"value": f"{value:.1f}", "limit": f"{limit:.1f}"}


def task_charts(record: WatchRecord) -> list[tuple[str, Plot]]:
    """By task, calibration above and its evidence below, over the windows of all rows."""
    by_task: dict[str, list[WindowReading]] = defaultdict(list)
    for one in sorted(record.windows, key=lambda one: one.end):
        if one.segment is None and one.calibration is not None and one.is_full:
            by_task[one.task].append(one)
    ends = [one.end for found in by_task.values() for one in found]
    if not ends:
        return []
    x, colours = time_axis(min(ends), max(ends)), model_colours(record)
    return [(task, _task_chart(task, found, x, colours)) for task, found in sorted(by_task.items())]


def model_colours(record: WatchRecord) -> dict[str, str]:
    """Colour of each model, the oldest first; none has that of an alarm."""
    bundles = dict.fromkeys(one.bundle for one in sorted(record.windows, key=lambda one: one.start))
    looks = styles([*bundles, "one more"])
    return dict(zip(bundles, (look.colour for look in looks.values() if look.colour != WORSE), strict=False))


def _task_chart(task: str, found: Sequence[WindowReading], x: Axis, colours: Mapping[str, str]) -> Plot:
    bundles = list(dict.fromkeys(one.bundle for one in found))
    level = [
        Curve([(x.low, value), (x.high, value)], INK, width=1, dash="2 3") for value in (1 - SHIFT, 1.0, 1 + SHIFT)
    ]
    calibration, evidence = list(level), []
    for bundle in bundles:
        mine = [one for one in found if one.bundle == bundle]
        colour = colours[bundle]
        calibration.append(Curve([(hours(one.end), one.calibration) for one in mine], colour, short(bundle)))
        evidence.append(Curve([(hours(one.end), _share(one)) for one in mine], colour, short(bundle)))
    marks = [_mark(x, one, one.calibration or 0.0) for one in found]
    shares = [_mark(x, one, _share(one)) for one in found]
    values = [1 - SHIFT, 1 + SHIFT, *(one.calibration or 0.0 for one in found)]
    limit = Curve([(x.low, 1.0), (x.high, 1.0)], WORSE, _("limit"), 1.2, "6 4")
    top = max(1.1, *(_share(one) for one in found))
    panels = [
        Panel(x, around(_("labels over what is expected"), values), calibration, marks, height=130, bare=True),
        Panel(x, Axis(_("evidence, as a share of its limit"), 0.0, 1.05 * top), [limit, *evidence], shares, height=90),
    ]
    return Plot(_("Calibration of {task} and its evidence over time", task=task), panels)


def _share(one: WindowReading) -> float:
    return max(one.cusum_up / one.limit_up, one.cusum_down / one.limit_down)


def _mark(x: Axis, one: WindowReading, y: float) -> Mark:
    calibration = f"{one.calibration or 0.0:.3f}"
    hover = _(
        "{when}, model {bundle}: {calibration} times what is expected, evidence {value} of {limit}",
        when=moment_text(one.end),
        bundle=short(one.bundle),
        calibration=calibration,
        **_evidence(one),
    )
    return Mark(hours(one.end), y, hover, WORSE if is_off(one) else INK, size=4.5 if is_off(one) else 2.5)


def time_axis(first: datetime, last: datetime) -> Axis:
    """From one moment to another, in hours since 1970, whose ends are named below."""
    low, high = first.timestamp() / 3600, last.timestamp() / 3600
    title = _("from {first} to {last}", first=moment_text(first), last=moment_text(last))
    room = 0.02 * (high - low) or 1.0
    return Axis(title, low - room, high + room, count=0)


def hours(moment: datetime) -> float:
    """Where a moment stands on a time axis."""
    return moment.timestamp() / 3600


def segment_map(record: WatchRecord) -> HeatMap | None:
    """Calibration by segment and task."""
    found = {key: one for key, one in last_windows(record).items() if key[1] is not None}
    if not found:
        return None
    tasks = sorted({task for task, _segment in found})
    segments = sorted({str(segment) for _task, segment in found})
    cells = [[_segment_cell(found.get((task, segment))) for task in tasks] for segment in segments]
    return HeatMap(_("Calibration by segment"), segments, tasks, cells, _DEEP, numbered=True)


_LEAST_EXPECTED: Final = 100
"""Labels that a window which grows has to expect: with fewer, chance alone moves calibration by more than 10 %."""


def _segment_cell(one: WindowReading | None) -> MapCell:
    if one is None or one.calibration is None:
        return MapCell("", _("no labels yet"), None)
    if not one.is_full and one.rows * one.expected < _LEAST_EXPECTED:
        return MapCell("", _("too few labels yet: {rows} impressions", rows=number.count(one.rows)), None)
    hover = _("{rows} impressions, evidence {value} of {limit}", rows=number.count(one.rows), **_evidence(one))
    depth = max(-1.0, min((one.calibration - 1) / _DEEP, 1.0))
    return MapCell(f"{one.calibration:.2f}", hover, depth, framed=is_off(one))


def last_features(record: WatchRecord) -> list[FeatureReading]:
    """The last full window of each feature, those that moved most first."""
    found: dict[str, FeatureReading] = {}
    for one in sorted(record.features, key=lambda one: (one.is_full, one.end)):
        found[one.feature] = one
    return sorted(found.values(), key=lambda one: (-one.psi, one.feature))


def drift_chart(record: WatchRecord) -> BarChart | None:
    """How far predictions and features moved in their last window."""
    wrong = {alarm.task or alarm.feature for alarm in record.alarms if alarm.name in ("score_drift", "feature_drift")}
    scores = [one for (_task, segment), one in last_windows(record).items() if segment is None]
    moved = [(one.task, one.psi, one.psi_p, _("predictions")) for one in sorted(scores, key=lambda one: one.task)]
    moved += [(one.feature, one.psi, one.psi_p, _("feature")) for one in last_features(record)[:_FEATURES]]
    if not moved:
        return None
    bars = [
        Bar(name, f"{psi:.3f}, p {p_text(p)}", "worse" if name in wrong else "", (0.0, psi), note=kind)
        for name, psi, p, kind in moved
    ]
    top = max(0.1, *(psi for _name, psi, _p, _kind in moved))
    return BarChart(_("How far predictions and features moved"), Axis("PSI", 0.0, 1.05 * top), bars)


def p_text(p: float) -> str:
    """A p-value in short."""
    return "< 0.0001" if p < 0.0001 else f"{p:.2g}"


def fallback_chart(record: WatchRecord) -> Plot | None:
    """The share of requests that the tier asked first did not answer, by the hour; None where it answered all."""
    by_hour: dict[datetime, tuple[int, int]] = {}
    for one in answered(record.traffic):
        failed, all_of_them = by_hour.get(one.start, (0, 0))
        by_hour[one.start] = failed + sum(one.fallback.values()), all_of_them + one.requests
    points = [(start, failed / total) for start, (failed, total) in sorted(by_hour.items()) if total]
    if len(points) < 2 or not any(share for _start, share in points):
        return None
    x = time_axis(points[0][0], points[-1][0])
    y = Axis(_("share of the requests"), 0.0, 1.1 * max(0.01, *(share for _start, share in points)), percent=True)
    curve = Curve([(hours(start), share) for start, share in points], BETTER, _("answers of the fallback"))
    return Plot(_("Answers of the fallback, by the hour"), [Panel(x, y, [curve], height=120)])


def answered(traffic: Iterable[TrafficReading]) -> list[TrafficReading]:
    """What users got: answers of a shadow left out."""
    return [one for one in traffic if one.tier != "shadow"]


def reasons(traffic: Iterable[TrafficReading]) -> Mapping[str, int]:
    """Requests that the tier asked first did not answer, by the reason, most first."""
    found: dict[str, int] = defaultdict(int)
    for one in answered(traffic):
        for reason, count in one.fallback.items():
            found[reason] += count
    return dict(sorted(found.items(), key=lambda item: -item[1]))
