"""Segments in words."""

import pytest

from pilot.test_rule import reading
from report.test_pilot_memo import memo
from taskfusion.report.language import speaking
from taskfusion.report.pilot_memo import memo_report
from taskfusion.report.pilot_segments import group_text, segment_hints, segment_views, style_of
from taskfusion.run.record.pilot_memo import (
    GroupKind,
    Homogeneity,
    Interval,
    PilotMemo,
    SegmentEffect,
    SegmentGroup,
    SegmentTable,
)
from translations import english_left

WORSE = Interval(change=-0.1, lower=-0.15, upper=-0.05, error=0.02)
OPEN = Interval(change=0.01, lower=-0.15, upper=0.2, error=0.05)


def _group(kind: GroupKind, name: str, effect: Interval | None) -> SegmentGroup:
    effects = [SegmentEffect(kpi="like", effect=effect), SegmentEffect(kpi="buy", effect=None)]
    joined = ["it", "fr"] if kind == "other" else []
    return SegmentGroup(kind=kind, name=name, joined=joined, units={"treatment": 700, "control": 800}, effects=effects)


def segmented() -> PilotMemo:
    """A memo in which like is worse in one segment."""
    table = SegmentTable(
        column="country", left_out=["va"],
        groups=[_group("value", "jp", WORSE), _group("other", "", OPEN), _group("unknown", "", None)],
        homogeneity=[Homogeneity(kpi="like", q=9.0, groups=2, p=0.003, differs=True),
                     Homogeneity(kpi="buy", q=0.0, groups=0, p=1.0, differs=False)],
    )  # fmt: skip
    return memo(segments=[table])


def test_a_table_has_a_row_per_segment() -> None:
    (view,) = segment_views(segmented())
    assert [row[0] for row in view.rows] == ["jp", "other (it and fr)", "without a value"]
    assert view.rows[0][2][0][1] == "worse"
    assert view.tests == ["differs (p = 0.003)", "n/a"]
    assert "va" in view.left_out
    page = memo_report(segmented())
    assert "Segments by country" in page
    assert segment_views(memo()) == []


def test_harm_in_a_segment_is_told_first() -> None:
    found = segment_hints(segmented())
    assert found[0] == "The effect on like differs by country: see the segments."
    assert found[1].startswith("like is worse where country is jp: \u221210.00 %")
    assert len(found) == 2


@pytest.mark.parametrize(("direction", "style"), [("up", "worse"), ("down", "better")])
def test_styles_follow_the_direction(direction: str, style: str) -> None:
    kpi = reading("success", "better").model_copy(update={"direction": direction})
    assert style_of(WORSE, kpi) == style
    assert style_of(OPEN, kpi) == style_of(None, kpi) == ""
    assert group_text(_group("value", "jp", None)) == "jp"


def test_it_is_in_japanese() -> None:
    with speaking("ja"):
        page = memo_report(segmented())
    assert "country別のセグメント" in page
    assert english_left(page, "taskfusion pilot analyse") == []
