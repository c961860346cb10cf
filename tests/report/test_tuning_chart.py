"""Figures of a search."""

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
    line, ended, stopped = history_chart(trials(), "relative loss", higher).figure.data
    assert (list(line.x), list(line.y)) == ([1, 2, 3, 4, 5, 6], best)
    assert (list(ended.x), list(ended.y)) == ([1, 2, 4, 6], [0.9, 0.8, 0.7, 0.75])
    assert (list(stopped.x), list(stopped.y), stopped.marker.symbol) == ([3], [0.95], "circle-open")


def test_the_line_begins_with_the_first_trial_that_came_to_its_end() -> None:
    line, *_ = history_chart(trials(2), "relative loss", False).figure.data
    assert (list(line.x), list(line.y)) == ([4, 5, 6], [0.7, 0.7, 0.7])


def test_the_most_important_setting_is_on_top() -> None:
    chart = importance_chart({"a": 0.25, "<b>": 0.75, "c": 0.0})
    (bars,) = chart.figure.data
    assert list(bars.y) == ["c", "a", "&lt;b&gt;"]
    assert list(bars.x) == [0, 25, 75]
    assert chart.height > importance_chart({"a": 1.0}).height
