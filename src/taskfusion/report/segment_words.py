"""What the segments of a model show, in words."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.segment import LEAST, SegmentedTask, SegmentResult
from taskfusion.evaluate.segment_measure import AUC, BIAS, CALIBRATION, CHANGE
from taskfusion.report import number
from taskfusion.report.language import N_, _
from taskfusion.report.words import listed
from taskfusion.run.record.audit import ModelAudit
from taskfusion.schema.task.table import KINDS

LIKELY: Final = 0.05
"""Adjusted p-value below which segments differ."""

LEAST_OFF: Final = 0.02
"""Of a mean prediction from the mean label, as a share of it, that is worth a word where the interval shows it."""

_DIRECTIONS: Final[Mapping[str, int]] = {LEAD_METRIC: 1, AUC: -1}
"""1 where more is worse."""

_OFF: Final[Mapping[str, str]] = {
    "over-predicted": N_("over-predicted by {size}"),
    "under-predicted": N_("under-predicted by {size}"),
    "predicted with too little confidence": N_("predicted with too little confidence by {size}"),
    "predicted with too much confidence": N_("predicted with too much confidence by {size}"),
}
"""By what kinds of tasks call it."""

_BALANCES: Final = (N_("mean prediction / mean label"), N_("expected / observed log loss"))
"""What kinds of tasks call the ratio that tells whether predictions are right on the whole."""

_VALUES: Final[Mapping[str, str]] = {
    "missing": N_("missing"),
    "rare or new": N_("rare or new"),
    "other values": N_("other values"),
    "none": N_("none"),
}
"""Segments that are no value of the table."""

_NUMBER: Final = r"[-\u22120-9.,e+\u202f]+"
_BANDS: Final = (
    (re.compile(f"up to (?P<high>{_NUMBER})"), N_("up to {high}")),
    (re.compile(f"above (?P<low>{_NUMBER})"), N_("above {low}")),
    (re.compile(f"(?P<low>{_NUMBER}) or more"), N_("{low} or more")),
    (re.compile(f"(?P<low>{_NUMBER}) to (?P<high>{_NUMBER})"), N_("{low} to {high}")),
)
"""Stretches of numbers, as records have them."""

_COLUMNS: Final = (
    (re.compile("training rows of (?P<group>.+)"), N_("training rows of {group}")),
    (re.compile(r"(?P<feature>.+) \(how many\)"), N_("{feature} (how many)")),
)
"""What is counted of a column, as records have it."""


def measure_title(measure: str, kind: str) -> str:
    """What a measure is called."""
    return {
        LEAD_METRIC: _(KINDS[kind].lead_title),
        AUC: "AUC",
        CALIBRATION: _(KINDS[kind].balance.title),
        BIAS: _("mean prediction \u2212 mean label, in standard deviations of the label"),
        CHANGE: _("change of the loss against the baseline, in %"),
    }[measure]


def value_name(value: str) -> str:
    """What a segment is called: a value of the table as it is; what is none, and bands of numbers, in words."""
    return _(_VALUES[value]) if value in _VALUES else _worded(value, _BANDS)


def _worded(text: str, patterns: Sequence[tuple[re.Pattern[str], str]]) -> str:
    for pattern, message in patterns:
        if found := pattern.fullmatch(text):
            return _(message, **found.groupdict())
    return text


def column_name(column: str) -> str:
    """What segments are values of."""
    return _worded(column, _COLUMNS)


def place(found: SegmentResult) -> str:
    """Where a segment is: "where age is 18 to 25"."""
    if not found.column:
        return _("over all rows")
    return _("where {column} is {value}", column=column_name(found.column), value=value_name(found.value))


def too_few(model: ModelAudit) -> str:
    """What makes a segment too small."""
    if model.grouped:
        return _("they have less than {least} groups with a yes or with a no, or with a label", least=LEAST)
    return _("they have less than {least} rows with a yes or with a no, or with a label", least=LEAST)


def small_text(task: SegmentedTask, model: ModelAudit) -> str:
    """Why a whole task cannot be judged."""
    overall = task.overall
    rows, split = number.count(overall.rows), _(model.split)
    if overall.positives is None:
        return _("too few labels to judge: {rows} {split} rows with a label", rows=rows, split=split)
    return _(
        "too few labels to judge: {rows} {split} rows with a label, of which {positives} are yes",
        rows=rows,
        split=split,
        positives=number.count(overall.positives),
    )


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
        size = f"{shown[0]} [{shown[1]}, {shown[2]}]"
        if interval.mean > 0:
            return _("predicted too high by {size} standard deviations of the label", size=size)
        return _("predicted too low by {size} standard deviations of the label", size=size)
    is_over = interval.mean > 1
    parts = [100 * (one - 1) if is_over else 100 * (1 - one) for one in (interval.mean, *ends)]
    mean, (low, high) = parts[0], sorted(parts[1:])
    verb = KINDS[kind].balance.over if is_over else KINDS[kind].balance.under
    size = f"{_short(mean)}{number.percent_sign()} [{_short(low)}, {_short(high)}]"
    return _(_OFF.get(verb, f"{verb} by {{size}}"), size=size)


def value_text(measure: str, interval: Interval) -> str:
    """A value with its interval."""
    digits = {CHANGE: 2, CALIBRATION: 2, BIAS: 2}.get(measure, 3)

    def shown(value: float) -> str:
        return number.signed(value, digits) if measure in (CHANGE, BIAS) else number.fixed(value, digits)

    unit = number.percent_sign() if measure == CHANGE else ""
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


def with_others(seen: str, segments: Sequence[SegmentResult]) -> str:
    """What is said of the first segment, and the number of those beside it where there are some."""
    rest = segments[1:]
    if not rest:
        return seen
    columns = listed([column_name(name) for name in dict.fromkeys(one.column for one in rest)])
    if len(rest) == 1:
        return _("{seen}; likewise in 1 more segment, by {columns}", seen=seen, columns=columns)
    return _("{seen}; likewise in {count} more segments, by {columns}", seen=seen, count=len(rest), columns=columns)


def changed(model: ModelAudit) -> tuple[list[SegmentedTask], list[SegmentedTask]]:
    """Tasks whose loss is shown to be lower than the baseline's, and those whose loss is shown to be higher."""
    ends = [(one, one.overall.measures[CHANGE].ends) for one in model.tasks if CHANGE in one.overall.measures]
    known = [(one, pair) for one, pair in ends if pair is not None]
    return [one for one, (_low, high) in known if high < 0], [one for one, (low, _high) in known if low > 0]


def payment_sentence(model: ModelAudit) -> str:
    """Who gains and who pays against the baseline; empty where there is none."""
    if model.baseline is None:
        return ""
    gaining, paying = (
        [f"{one.task} ({value_text(CHANGE, one.overall.measures[CHANGE])})" for one in tasks]
        for tasks in changed(model)
    )
    if paying and gaining:
        text = _PAYS if len(paying) == 1 else _PAY
    elif paying:
        text = _LOSES if len(paying) == 1 else _LOSE
    elif gaining:
        text = _GAINS if len(gaining) == 1 else _GAIN
    else:
        text = _NEITHER
    names = {name: listed(tasks) for name, tasks in (("payers", paying), ("gainers", gaining)) if tasks}
    return _(text, baseline=model.baseline, **names)


_PAYS: Final = N_("against {baseline}, by the change of the loss: {payers} pays for {gainers}")
_PAY: Final = N_("against {baseline}, by the change of the loss: {payers} pay for {gainers}")
_LOSES: Final = N_("against {baseline}, by the change of the loss: {payers} loses, and no task is shown to gain")
_LOSE: Final = N_("against {baseline}, by the change of the loss: {payers} lose, and no task is shown to gain")
_GAINS: Final = N_("against {baseline}, by the change of the loss: {gainers} gains, and no task is shown to pay")
_GAIN: Final = N_("against {baseline}, by the change of the loss: {gainers} gain, and no task is shown to pay")
_NEITHER: Final = N_("against {baseline}, by the change of the loss: no task is shown to gain or to pay")


def _short(percent: float) -> str:
    return number.fixed(percent, 0 if abs(percent) >= 10 else 1)
