"""Tables of the page of a watch."""

from datetime import timedelta

from report.test_watch import OFF
from taskfusion.report.watch_table import alarm_row, arm_rows, ended_rows, feature_rows, holdback_rows, label_rows
from watched import BUNDLE, NOW, alarm, readings, traffic


def test_an_alarm_stands_with_its_limit_and_what_a_ramp_does() -> None:
    row = alarm_row(alarm(action="hold"))
    assert (row.title, row.subject, row.value, row.limit) == (
        "Calibration of one task",
        f"click, {BUNDLE}",
        "12.5",
        "9.00",
    )
    assert (row.ramp, row.style, row.remedy) == ("Hold", "unclear", "calibration")


def test_alarms_that_are_over_stand_with_their_ends_and_the_last_first() -> None:
    over = [{**dict(alarm()), "until": NOW + timedelta(minutes=minutes)} for minutes in (1, 2)]
    rows = ended_rows(readings(ended=over))
    assert [row.until for row in rows] == ["2026-11-30 12:02 UTC", "2026-11-30 12:01 UTC"]
    assert (rows[0].title, rows[0].value) == ("Calibration of one task", "12.5")


def test_labels_stand_with_the_last_window() -> None:
    like, click = label_rows(OFF)
    assert (like.task, like.known, like.ne, click.labelled) == ("like", "97\u202f%", "0.8000", "0")
    (alone,) = label_rows(readings(windows=[], labels=[OFF.labels[0].model_dump()]))
    assert (alone.known, alone.ne) == ("n/a", "n/a")


def test_features_stand_with_those_of_the_reference_wrong_ones_first() -> None:
    age, item = feature_rows(OFF)
    assert (age[0], age[2], age[-1]) == ("age", "n/a", True)
    assert item[:3] == ("item_id", "2.00\u202f% (2.00\u202f%)", "20.0\u202f% (1.00\u202f%)")
    assert not item[-1]


def test_arms_are_summed_over_hours_without_the_shadow() -> None:
    hours = [traffic(hour, arm="new") for hour in range(3)] + [traffic(0, tier="shadow")]
    assert arm_rows(readings(traffic=hours)) == [("new", "primary", "3\u202f000", "9")]


def test_a_kpi_stands_with_the_interval_of_its_change() -> None:
    assert holdback_rows(OFF) == [("likes", "new / old", "0.2000 / 0.1000", "+100.00\u202f% [\u221210.00, +210.00]")]
