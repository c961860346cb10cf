"""Effects by segment on the memo of a pilot: tables, and what of them stands in the first screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskfusion.report import number
from taskfusion.report.language import _
from taskfusion.report.pilot_words import change_text
from taskfusion.report.words import listed
from taskfusion.run.record.pilot_memo import Homogeneity, Interval, KpiReading, PilotMemo, SegmentGroup, SegmentTable


@dataclass(frozen=True)
class SegmentView:
    """The segments of one column as text.

    Attributes:
        column: of the log.
        kpis: names, one per column of the table.
        rows: of each segment its name, units per arm, and per KPI the effect with the class that colours it.
        tests: per KPI whether segments differ.
        left_out: a sentence; empty: nothing is.
    """

    column: str
    kpis: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]
    tests: Sequence[str]
    left_out: str


def segment_views(memo: PilotMemo) -> list[SegmentView]:
    """All tables, those without any segment left out."""
    return [_view(one, memo.kpis) for one in memo.segments if one.groups or one.left_out]


def segment_hints(memo: PilotMemo) -> list[str]:
    """Where segments differ, and where a KPI is worse."""
    found = [
        _("The effect on {kpi} differs by {column}: see the segments.", kpi=test.kpi, column=table.column)
        for table in memo.segments
        for test in table.homogeneity
        if test.differs
    ]
    kpis = {kpi.name: kpi for kpi in memo.kpis}
    found += [
        _(
            "{kpi} is worse where {column} is {value}: {change}.",
            kpi=one.kpi,
            column=table.column,
            value=group_text(group),
            change=change_text(one.effect),
        )
        for table in memo.segments
        for group in table.groups
        for one in group.effects
        if style_of(one.effect, kpis[one.kpi]) == "worse"
    ]
    return found


def group_text(group: SegmentGroup) -> str:
    """What a segment is called."""
    if group.kind == "other":
        return _("other ({values})", values=listed(group.joined))
    return _("without a value") if group.kind == "unknown" else group.name


def style_of(effect: Interval | None, kpi: KpiReading) -> str:
    """Class of an effect: better or worse where its interval holds no 0, else empty."""
    if effect is None or effect.lower <= 0 <= effect.upper:
        return ""
    return "better" if (effect.change > 0) == (kpi.direction == "up") else "worse"


def _view(table: SegmentTable, kpis: Sequence[KpiReading]) -> SegmentView:
    rows = [
        (
            group_text(group),
            number.count(sum(group.units.values())),
            [
                (change_text(one.effect), style_of(one.effect, kpi))
                for one, kpi in zip(group.effects, kpis, strict=True)
            ],
        )
        for group in table.groups
    ]
    left_out = ""
    if table.left_out:
        left_out = _("Left out, since they have too few units: {values}.", values=listed(table.left_out))
    return SegmentView(
        table.column, [kpi.name for kpi in kpis], rows, [_test(one) for one in table.homogeneity], left_out
    )


def _test(one: Homogeneity) -> str:
    if one.groups < 2:
        return number.NOT_AVAILABLE
    p = format(one.p, ".2g")
    return _("differs (p = {p})", p=p) if one.differs else _("no difference shown (p = {p})", p=p)
