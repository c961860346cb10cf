"""Figures of a watch show what was read."""

from taskfusion.report.figure import Plot
from taskfusion.report.theme import WORSE
from taskfusion.report.watch_chart import (
    calibration_chart,
    drift_chart,
    fallback_chart,
    is_off,
    last_features,
    last_windows,
    model_colours,
    p_text,
    reasons,
    segment_map,
    task_charts,
)
from taskfusion.run.record.watch import WindowReading
from watched import BUNDLE, alarm, feature, readings, traffic, window


def test_the_last_full_window_counts_and_a_growing_one_where_none_is() -> None:
    grows = window("click", 3, is_full=False, calibration=3.0)
    record = readings(
        windows=[window("click", 1), window("click", 2, calibration=1.2), grows, {**grows, "task": "new"}]
    )
    found = {task: one.calibration for (task, _segment), one in last_windows(record).items()}
    assert found == {"click": 1.2, "new": 3.0}


def test_either_side_is_off() -> None:
    both = [window(cusum_up=9.1), window(cusum_down=8.6), window(cusum_up=9.0, cusum_down=8.5)]
    assert [is_off(WindowReading.model_validate(one)) for one in both] == [True, True, False]


def test_bars_are_percent_with_their_evidence() -> None:
    chart = calibration_chart(
        readings(windows=[window(calibration=1.13, cusum_up=12.0), window("like", calibration=None)])
    )
    assert chart is not None
    (bar,) = chart.bars
    assert (bar.name, bar.text, bar.verdict, bar.note) == ("click", "+13.0\u202f%", "worse", "evidence 12.0 of 9.0")
    assert calibration_chart(readings(windows=[])) is None


def test_windows_are_curves_per_model_and_alarms_are_marked() -> None:
    windows = [window(day=day, bundle="old" if day < 7 else "new", cusum_up=day) for day in range(12)]
    record = readings(windows=[*windows, window(day=12, is_full=False), window(day=5, segment="x")])
    ((task, plot),) = task_charts(record)
    assert task == "click"
    assert isinstance(plot, Plot)
    above, below = plot.panels
    assert [len(curve.points) for curve in above.curves if curve.name] == [7, 5]
    assert [mark.colour for mark in below.marks].count(WORSE) == 2
    assert list(model_colours(record)) == ["old", BUNDLE, "new"]
    assert WORSE not in model_colours(record).values()
    assert task_charts(readings(windows=[])) == []


def test_segments_are_a_map_and_what_is_off_is_framed() -> None:
    windows = [window(segment="a"), window("like", segment="a", calibration=2.0, cusum_up=99.0), window(segment="b")]
    found = segment_map(readings(windows=windows))
    assert found is not None
    assert (found.rows, found.columns) == (["a", "b"], ["click", "like"])
    assert [[cell.framed for cell in row] for row in found.cells] == [[False, True], [False, False]]
    assert found.cells[0][1].depth == 1.0
    assert found.cells[1][1].depth is None
    assert segment_map(readings()) is None


def test_a_segment_that_grows_is_not_shown_before_it_has_labels() -> None:
    few = window(segment="a", rows=50, expected=0.3, calibration=3.0, is_full=False)
    found = segment_map(readings(windows=[few, {**few, "segment": "b", "rows": 500}]))
    assert found is not None
    assert [(row[0].text, row[0].hover.startswith("too few labels")) for row in found.cells] == [
        ("", True),
        ("3.00", False),
    ]


def test_features_that_moved_most_come_first_and_an_alarm_is_coloured() -> None:
    features = [feature("a", psi=0.1), feature("b", psi=0.5), feature("b", 1, psi=0.3, is_full=False)]
    record = readings(features=features, alarms=[alarm(name="feature_drift", task=None, feature="b")])
    assert [one.feature for one in last_features(record)] == ["b", "a"]
    chart = drift_chart(record)
    assert chart is not None
    assert {bar.name: bar.verdict for bar in chart.bars}["b"] == "worse"
    assert drift_chart(readings(windows=[], features=[])) is None
    assert [p_text(one) for one in (0.5, 0.00001)] == ["0.5", "< 0.0001"]


def test_answers_of_the_fallback_are_a_share_of_the_hour() -> None:
    hours = [traffic(0), traffic(0, tier="fallback", requests=0, fallback={"lost": 97}), traffic(1, fallback={})]
    plot = fallback_chart(readings(traffic=hours))
    assert plot is not None
    assert [y for _x, y in plot.panels[0].curves[0].points] == [0.1, 0.0]
    assert reasons(readings(traffic=hours).traffic) == {"lost": 97, "deadline": 3}
    assert fallback_chart(readings(traffic=hours[:1])) is None
    assert fallback_chart(readings(traffic=[traffic(hour, fallback={}) for hour in range(5)])) is None
