"""Segments in words: directions, intervals, and who pays for whom only where it is shown."""

import pytest

from judged import audit_of, segmented, small
from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.segment import SegmentedTask
from taskfusion.report.segment_words import (
    gap_columns,
    measure_title,
    off_by,
    off_segments,
    off_text,
    payment_sentence,
    place,
    small_text,
    too_few,
    value_text,
    with_others,
    worse_segments,
)


def interval(mean: float, low: float | None, high: float | None) -> Interval:
    return Interval(mean=mean, low=low, high=high)


def task(name: str, mean: float, low: float, high: float) -> SegmentedTask:
    overall = {**dict(segmented().overall), "measures": {"change": interval(mean, low, high)}}
    return SegmentedTask.model_validate({**dict(segmented()), "task": name, "overall": overall})


@pytest.mark.parametrize(
    ("measure", "given", "said"),
    [
        ("calibration", (1.3, 1.12, 1.5), "over-predicted by 30\u202f% [12, 50]"),
        ("calibration", (0.7, 0.65, 0.95), "under-predicted by 30\u202f% [5.0, 35]"),
        ("bias", (-0.3, -0.4, -0.2), "predicted too low by 0.30 [0.20, 0.40] standard deviations of the label"),
    ],
)
def test_predictions_are_off_in_a_direction(measure: str, given: tuple[float, float, float], said: str) -> None:
    assert off_text("binary", measure, interval(*given)) == said


def test_how_far_at_least() -> None:
    assert off_by("calibration", interval(1.3, 1.12, 1.5)) == pytest.approx(0.12)
    assert off_by("calibration", interval(0.7, 0.6, 0.9)) == pytest.approx(0.1)
    assert off_by("calibration", interval(1.3, 0.9, 1.5)) == 0
    assert off_by("calibration", interval(1.3, None, None)) == 0
    assert off_by("bias", interval(0.3, 0.2, 0.4)) == pytest.approx(0.2)


def test_segments_that_stand_out_are_named_and_counted() -> None:
    assert gap_columns(segmented(), "calibration") == ["device"]
    first, *_ = found = off_segments(segmented(), "calibration")
    assert place(first) == "where device is web"
    assert place(segmented().overall) == "over all rows"
    assert with_others("so", found[:1]) == "so"
    assert with_others("so", [first, first, first]) == "so; likewise in 2 more segments, by device"
    assert [one.value for one in worse_segments(segmented(), "relative_loss")] == ["web"]
    assert value_text("change", interval(-1.0, -2.0, 0.5)) == "\u22121.00\u202f% [\u22122.00, +0.50]"
    assert measure_title("relative_loss", "binary") == "NE"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([(1.0, 0.5, 1.5), (-1.0, -1.5, -0.5)], "like (+1.00\u202f% [+0.50, +1.50]) pays for click ("),
        ([(1.0, 0.5, 1.5), (-1.0, -1.5, 0.5)], "loses, and no task is shown to gain"),
        ([(1.0, -0.5, 1.5), (-1.0, -1.5, -0.5)], "gains, and no task is shown to pay"),
        ([(1.0, -0.5, 1.5), (-1.0, -1.5, 0.5)], "no task is shown to gain or to pay"),
    ],
)
def test_a_task_pays_for_another_only_where_both_intervals_say_so(
    changes: list[tuple[float, float, float]], said: str
) -> None:
    tasks = [task(name, *change) for name, change in zip(("like", "click"), changes, strict=True)]
    sentence = payment_sentence(audit_of(*tasks))
    assert said in sentence
    assert sentence.startswith("against separate, by the change of the loss: ")
    assert payment_sentence(audit_of(*tasks, baseline=None)) == ""


def test_what_is_too_small_is_told_in_labels() -> None:
    assert small_text(small(), audit_of()) == "too few labels to judge: 0 test rows with a label, of which 0 are yes"
    assert "30 groups" in too_few(audit_of())
