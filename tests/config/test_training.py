"""How models learn and are evaluated, as the experiment file says it."""

import pytest

from support import BASE, experiment, refusal


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("calibration.binary=linear", ["calibration.binary", "'temperature'", "'linear'"]),
        ("calibration.tasks={clik: platt}", ["calibration", "'clik'", "click"]),
        ("calibration.tasks={seconds: platt}", ["regression task 'seconds'", "none or linear", "platt"]),
        ("training.seed=9007199254740993", ["training.seed", "at most 2,000,000,000"]),
        ("training.threads=100000", ["training.threads", "at most 1,024"]),
    ],
)
def test_what_does_not_fit_is_named(override: str, words: list[str]) -> None:
    message = refusal(BASE, override)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_a_calibration_is_that_of_the_task_or_else_of_its_kind() -> None:
    whole = experiment(calibration={"binary": "platt", "regression": "linear", "tasks": {"seconds": "none"}})
    assert [whole.calibration.method(task) for task in whole.tasks] == ["platt", "none", "none"]
    assert {experiment().calibration.method(task) for task in whole.tasks} == {"none"}


def test_the_calibration_of_one_task_names_that_task_alone() -> None:
    whole = experiment(calibration={"binary": "platt", "tasks": {"seconds": "linear", "reaction": "temperature"}})
    for task in whole.tasks:
        alone = whole.calibration.only(task)
        alone.require_fit([task])
        assert alone.method(task) == whole.calibration.method(task)
        assert set(alone.tasks) <= {task.name}


def test_a_recalibration_has_a_method_for_every_task() -> None:
    whole = experiment(calibration={"binary": "isotonic", "tasks": {"reaction": "temperature"}})
    found = whole.calibration.for_all(whole.tasks)
    assert [found.method(task) for task in whole.tasks] == ["isotonic", "linear", "temperature"]
    found.require_fit(whole.tasks)
    bare = experiment().calibration.for_all(whole.tasks)
    assert [bare.method(task) for task in whole.tasks] == ["platt", "linear", "temperature"]
