"""Who is guilty, by which side moved and who moved with it."""

from datetime import timedelta

import pytest

from taskfusion.watch.judge import judge, lasting, lasting_harm, side
from taskfusion.watch.signals import Signal


def _signal(task: str | None, bundle: str | None = "new", since: int = 100, **other: object) -> Signal:
    content: dict[str, object] = {
        "name": "calibration",
        "value": 15.0,
        "limit": 10.0,
        "labels": 0.0,
        "predictions": 0.3,
    }
    return Signal(task=task, bundle=bundle, since=since, **(content | other))  # type: ignore[arg-type]


def test_harm_is_since_its_alarm_was_first_found() -> None:
    alarms, harm = judge([_signal("like", labels=-0.4, predictions=0.0)], models=1, tasks=5)
    before = [one.model_copy(update={"since": one.since - timedelta(hours=2)}) for one in alarms]
    held = lasting(alarms, before)
    assert [one.since for one in lasting_harm(harm, held)] == [one.since for one in before]
    assert lasting_harm(harm, []) == harm


@pytest.mark.parametrize(
    ("labels", "predictions", "expected"),
    [(0.3, 0.01, "labels"), (0.01, -0.3, "predictions"), (0.2, -0.2, "both"), (0.0, 0.0, "both")],
)
def test_the_side_that_moved_most_moved(labels: float, predictions: float, expected: str) -> None:
    assert side(_signal("like", labels=labels, predictions=predictions)) == expected


def test_one_task_answers_for_itself_once() -> None:
    found = [_signal("like"), _signal("like", segment="country=de", since=90), _signal("like", name="score_drift")]
    (alarm,), (harm,) = judge(found, models=2, tasks=5)
    assert (alarm.task, alarm.segment, alarm.action, alarm.remedy) == ("like", None, "roll back", "calibration")
    assert (harm.task, harm.cause, harm.others) == ("like", "predictions", [])
    assert alarm.since.minute == 30, "the first of its signals"


def test_labels_that_moved_are_no_fault_of_the_model() -> None:
    (alarm,), (harm,) = judge([_signal("like", labels=-0.4, predictions=0.0)], models=1, tasks=5)
    assert (alarm.action, alarm.severity, alarm.remedy, harm.cause) == ("hold", "ticket", "calibration", "labels")
    assert harm.observed == pytest.approx(-0.33, abs=0.01)


def test_most_tasks_of_one_model_are_the_model() -> None:
    found = [_signal(task) for task in ("click", "like", "share")]
    (alarm,), (harm,) = judge(found, models=2, tasks=4)
    assert (alarm.task, alarm.bundle, alarm.action, harm.cause) == (None, "new", "roll back", "model")
    assert harm.others == ["click", "like", "share"]


def test_most_tasks_of_all_models_are_the_traffic() -> None:
    found = [_signal(task, bundle) for task in ("click", "like", "share") for bundle in ("new", "old")]
    (alarm,), (harm,) = judge(found, models=2, tasks=4)
    assert (alarm.bundle, alarm.action, harm.cause) == (None, "hold", "traffic")


def test_one_task_of_all_models_holds_a_ramp_and_ends_none() -> None:
    (alarm,), _ = judge([_signal("like", "new"), _signal("like", "old")], models=2, tasks=5)
    assert (alarm.task, alarm.bundle, alarm.action) == ("like", None, "hold")


def test_a_feature_stands_for_the_tasks_that_it_moves() -> None:
    found = [_signal("like"), _signal(None, None, name="feature_null", feature="age", value=0.9, limit=0.02)]
    (alarm,), (harm,) = judge(found, models=1, tasks=5)
    assert (alarm.name, alarm.feature, alarm.task) == ("feature_null", "age", None)
    assert (harm.cause, harm.feature, harm.others) == ("feature", "age", ["like"])


def test_what_is_about_no_task_is_an_alarm_of_its_own() -> None:
    (alarm,), harm = judge([_signal(None, None, name="fallback")], models=1, tasks=5)
    assert (alarm.name, alarm.action, alarm.remedy, harm) == ("fallback", "hold", "fallback", [])


def test_nothing_is_no_alarm() -> None:
    assert judge([]) == ([], [])


def test_labels_that_moved_are_not_the_broken_features() -> None:
    found = [_signal("like", labels=0.4, predictions=0.0), _signal(None, name="feature_null", feature="age")]
    alarms, harm = judge(found, models=1, tasks=5)
    assert [(one.name, one.task) for one in alarms] == [("feature_null", None), ("calibration", "like")]
    assert [one.cause for one in harm] == ["feature", "labels"]


def test_a_feature_that_only_drifts_stands_for_nobody() -> None:
    found = [_signal("like"), _signal(None, name="feature_drift", feature="age")]
    alarms, _ = judge(found, models=1, tasks=5)
    assert [(one.name, one.action) for one in alarms] == [("calibration", "roll back"), ("feature_drift", "look")]


def test_an_alarm_that_goes_on_began_when_it_was_first_found() -> None:
    first, _ = judge([_signal("like", since=100)], models=1, tasks=5)
    later, _ = judge([_signal("like", since=160)], models=1, tasks=5)
    assert lasting(later, first)[0].since == first[0].since
    assert lasting(later, []) == later


def test_a_kpi_that_is_worse_than_in_the_holdback_ends_a_ramp() -> None:
    found = [_signal(None, None, name="kpi_holdback", kpi="likes", limit=0.0)]
    (alarm,), _ = judge(found, models=1, tasks=5)
    assert (alarm.kpi, alarm.action, alarm.bundle, alarm.remedy) == ("likes", "roll back", None, "kpi-holdback")


@pytest.mark.parametrize(("psi", "action"), [(0.06, "look"), (0.1, "hold"), (0.24, "hold"), (0.25, "roll back")])
def test_predictions_that_drift_a_little_may_be_a_better_order(psi: float, action: str) -> None:
    """No label says that anything is wrong with them yet."""
    found = [_signal(task, name="score_drift", value=psi, limit=0.05) for task in ("click", "like", "share")]
    (alarm,), _ = judge(found, models=2, tasks=4)
    assert (alarm.name, alarm.action) == ("score_drift", action)
    (alarm,), _ = judge([_signal("like"), *found], models=2, tasks=4)
    assert (alarm.name, alarm.action) == ("calibration", "roll back")


def test_what_is_wrong_inside_a_model_is_told_and_ends_no_ramp() -> None:
    found = [_signal("like", name="gate_drift", value=0.2, limit=0.1), _signal("shared", name="dead_expert", value=0.0)]
    alarms, harm = judge(found, models=1, tasks=5)
    assert [(one.name, one.task, one.bundle, one.action, one.remedy) for one in alarms] == [
        ("gate_drift", "like", "new", "look", "gate-drift"),
        ("dead_expert", "shared", "new", "look", "dead-expert"),
    ]
    assert harm == []
    both = judge([*found, _signal("like")], models=1, tasks=5)[0]
    assert {one.name for one in both} == {"calibration", "gate_drift", "dead_expert"}


def test_gates_follow_a_feature_that_is_null() -> None:
    null = Signal("feature_null", 100, 0.9, 0.1, feature="age")
    (alarm,), (harm,) = judge([null, _signal("like", name="gate_drift", value=0.2)], models=1, tasks=5)
    assert (alarm.name, harm.feature, harm.others) == ("feature_null", "age", ["like"])
