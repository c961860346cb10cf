"""Figures of a search."""

import itertools

import pytest

from taskfusion.report.tuning_chart import history_chart, importance_chart
from taskfusion.run.record.tuning import TrialRecord

VALUES = [0.9, 0.8, 0.95, 0.7, None, 0.75]
STOPPED = [None, None, "stopped early", None, "diverged", None]


def trials(first: int = 0) -> list[TrialRecord]:
    found = enumerate(zip(VALUES, STOPPED, strict=True), 1)
    return [
        TrialRecord(trial=number, value=value, stopped=stopped, evaluations=1, seconds=1.0, settings={})
        for number, (value, stopped) in found
    ][first:]


@pytest.mark.parametrize(
    ("higher", "best"), [(False, [0.9, 0.8, 0.8, 0.7, 0.7, 0.7]), (True, [0.9, 0.9, 0.9, 0.9, 0.9, 0.9])]
)
def test_marks_are_trials_and_the_line_is_the_best_so_far(higher: bool, best: list[float]) -> None:
    (panel,) = history_chart(trials(), "relative loss", higher).panels
    reached = dict(panel.curves[0].points)  # the last point of a trial is what is reached after it
    assert [reached[trial] for trial in (1, 2, 4, 6)] == [best[trial - 1] for trial in (1, 2, 4, 6)]
    assert [(mark.x, mark.y, mark.hollow) for mark in panel.marks] == [
        (1, 0.9, False),
        (2, 0.8, False),
        (3, 0.95, True),
        (4, 0.7, False),
        (6, 0.75, False),
    ]
    assert panel.marks[2].hover == "trial 3, stopped early: 0.9500"


def test_the_line_is_a_staircase() -> None:
    (panel,) = history_chart(trials(), "relative loss", False).panels
    points = panel.curves[0].points
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in itertools.pairwise(points))


def test_the_line_begins_with_the_first_trial_that_came_to_its_end() -> None:
    (panel,) = history_chart(trials(2), "relative loss", False).panels
    assert set(panel.curves[0].points) == {(4, 0.7), (6, 0.7)}


def test_one_trial() -> None:
    (panel,) = history_chart(trials()[:1], "relative loss", False).panels
    assert panel.x.low < 1 < panel.x.high


def test_the_most_important_setting_is_on_top() -> None:
    chart = importance_chart({"a": 0.25, "<b>": 0.75, "c": 0.0})
    assert [bar.name for bar in chart.bars] == ["<b>", "a", "c"]
    assert [bar.span for bar in chart.bars] == [(0, 75), (0, 25), (0, 0)]
