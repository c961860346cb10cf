"""What the segments of a model show, in words."""

from collections.abc import Mapping, Sequence
from typing import Final

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.segment import LEAST, SegmentedTask, SegmentResult
from taskfusion.evaluate.segment_measure import AUC, BIAS, CALIBRATION, CHANGE
from taskfusion.report import number
from taskfusion.report.words import listed
from taskfusion.run.record.audit import ModelAudit
from taskfusion.schema.task.table import KINDS

LIKELY: Final = 0.05
"""Adjusted p-value below which segments differ."""

LEAST_OFF: Final = 0.02
"""Of a mean prediction from the mean label, as a share of it, that is worth a word where the interval shows it."""

_DIRECTIONS: Final[Mapping[str, int]] = {LEAD_METRIC: 1, AUC: -1}
"""1 where more is worse."""


def measure_title(measure: str, kind: str) -> str:
    """What a measure is called."""
    return {
        LEAD_METRIC: KINDS[kind].lead_title,
        AUC: "AUC",
        CALIBRATION: KINDS[kind].balance.title,
        BIAS: "mean prediction \u2212 mean label, in standard deviations of the label",
        CHANGE: "change of the loss against the baseline, in %",
    }[measure]


def place(found: SegmentResult) -> str:
    """Where a segment is: "where age is 18 to 25"."""
    return f"where {found.column} is {found.value}" if found.column else "over all rows"


def too_few(model: ModelAudit) -> str:
    """What makes a segment too small."""
    unit = "groups" if model.grouped else "rows"
    return f"they have less than {LEAST} {unit} with a yes or with a no, or with a label"


def small_text(task: SegmentedTask, model: ModelAudit) -> str:
    """Why a whole task cannot be judged."""
    overall = task.overall
    yes = "" if overall.positives is None else f", of which {number.count(overall.positives)} are yes"
    return f"too few labels to judge: {number.count(overall.rows)} {model.split} rows with a label{yes}"


def off_by(measure: str, interval: Interval) -> float:
    """How far predictions are off at least, as a share of the mean label (or in its standard deviations); 0 where that
    is not shown.
    """
    if interval.ends is None:
        return 0.0
    low, high = interval.ends
    right = 0.0 if measure == BIAS else 1.0
    return max(low - right, right - high, 0.0)


def off_text(kind: str, measure: str, interval: Interval) -> str:
    """How predictions are off, such as "over-predicted by 30 % [12, 50]"."""
    ends = interval.ends or (interval.mean, interval.mean)
    if measure == BIAS:
        shown = [number.significant(abs(one), 2) for one in (interval.mean, *sorted(ends, key=abs))]
        side = "too high" if interval.mean > 0 else "too low"
        return f"predicted {side} by {shown[0]} [{shown[1]}, {shown[2]}] standard deviations of the label"
    is_over = interval.mean > 1
    parts = [100 * (one - 1) if is_over else 100 * (1 - one) for one in (interval.mean, *ends)]
    mean, (low, high) = parts[0], sorted(parts[1:])
    verb = KINDS[kind].balance.over if is_over else KINDS[kind].balance.under
    return f"{verb} by {_short(mean)}{number.THIN}% [{_short(low)}, {_short(high)}]"


def value_text(measure: str, interval: Interval) -> str:
    """A value with its interval."""
    digits = {CHANGE: 2, CALIBRATION: 2, BIAS: 2}.get(measure, 3)

    def shown(value: float) -> str:
        return number.signed(value, digits) if measure in (CHANGE, BIAS) else number.fixed(value, digits)

    unit = f"{number.THIN}%" if measure == CHANGE else ""
    ends = "" if interval.ends is None else f" [{shown(interval.ends[0])}, {shown(interval.ends[1])}]"
    return f"{shown(interval.mean)}{unit}{ends}"


def gap_columns(found: SegmentedTask, measure: str) -> list[str]:
    """Columns between whose segments a measure differs by more than chance."""
    return [test.column for test in found.tests if test.measure == measure and test.adjusted < LIKELY]


def off_segments(found: SegmentedTask, measure: str) -> list[SegmentResult]:
    """Segments of columns with a gap where predictions are shown to be off, the farthest first; where they are off over
    all rows, those that are shown to be unlike all rows.
    """
    columns = gap_columns(found, measure)
    whole = found.overall.measures.get(measure)
    usual = whole.mean if whole is not None and off_by(measure, whole) >= LEAST_OFF else None
    off = [
        (off_by(measure, one.measures[measure]), one)
        for one in found.segments
        if one.column in columns and measure in one.measures and _is_beside(one.measures[measure], usual)
    ]
    return [one for by, one in sorted(off, key=lambda pair: -pair[0]) if by >= LEAST_OFF]


def _is_beside(interval: Interval, usual: float | None) -> bool:
    return usual is None or (interval.ends is not None and not interval.ends[0] <= usual <= interval.ends[1])


def worse_segments(found: SegmentedTask, measure: str) -> list[SegmentResult]:
    """Segments of columns with a gap that are shown to do worse than all rows together, the worst first."""
    columns, direction, whole = gap_columns(found, measure), _DIRECTIONS[measure], found.overall.measures.get(measure)
    if whole is None:
        return []
    worse: list[tuple[float, SegmentResult]] = []
    for one in found.segments:
        ends = one.measures[measure].ends if measure in one.measures else None
        if ends is not None and one.column in columns:
            near = ends[0] if direction > 0 else ends[1]
            worse.append((direction * (near - whole.mean), one))
    return [one for by, one in sorted(worse, key=lambda pair: -pair[0]) if by > 0]


def others_text(segments: Sequence[SegmentResult]) -> str:
    """The segments beside the first, counted; empty where there are none."""
    rest = segments[1:]
    if not rest:
        return ""
    columns = listed(list(dict.fromkeys(one.column for one in rest)))
    return f"; likewise in {len(rest)} more segment{'s' if len(rest) > 1 else ''}, by {columns}"


def changed(model: ModelAudit) -> tuple[list[SegmentedTask], list[SegmentedTask]]:
    """Tasks whose loss is shown to be lower than the baseline's, and those whose loss is shown to be higher."""
    ends = [(one, one.overall.measures[CHANGE].ends) for one in model.tasks if CHANGE in one.overall.measures]
    known = [(one, pair) for one, pair in ends if pair is not None]
    return [one for one, (_, high) in known if high < 0], [one for one, (low, _) in known if low > 0]


def payment_sentence(model: ModelAudit) -> str:
    """Who gains and who pays against the baseline; empty where there is none."""
    if model.baseline is None:
        return ""
    gaining, paying = changed(model)
    told = [f"{one.task} ({value_text(CHANGE, one.overall.measures[CHANGE])})" for one in (*paying, *gaining)]
    payers, gainers = told[: len(paying)], told[len(paying) :]
    against = f"against {model.baseline}, by the change of the loss"
    if payers and gainers:
        verb = "pays" if len(payers) == 1 else "pay"
        return f"{against}: {listed(payers)} {verb} for {listed(gainers)}"
    if payers:
        return f"{against}: {listed(payers)} {'loses' if len(payers) == 1 else 'lose'}, and no task is shown to gain"
    if gainers:
        return f"{against}: {listed(gainers)} {'gains' if len(gainers) == 1 else 'gain'}, and no task is shown to pay"
    return f"{against}: no task is shown to gain or to pay"


def _short(percent: float) -> str:
    return number.fixed(percent, 0 if abs(percent) >= 10 else 1)
