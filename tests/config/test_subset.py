"""An experiment of some of its tasks: what names the others goes with them, and nothing else changes."""

import pytest

from support import experiment
from taskfusion.base.errors import ExperimentError
from taskfusion.config.derive import derive
from taskfusion.config.subset import with_tasks

RICH = experiment(
    network={
        "task_experts": [1, 2, 3],
        "task_groups": [
            {"name": "a", "tasks": ["click", "seconds"]},
            {"name": "b", "tasks": ["seconds", "reaction"]},
            {"name": "c", "tasks": ["click", "seconds", "reaction"]},
        ],
    },
    sharing={
        "forbid": [
            {"source": "click", "target": "seconds"},
            {"source": "seconds", "target": "reaction"},
        ],
        "quarantine": ["click", "reaction"],
        "stop_gradient": [
            {"source": "shared", "target": "seconds"},
            {"source": "shared", "target": "click"},
            {"source": "a", "target": "seconds"},
            {"source": "b", "target": "reaction"},
        ],
    },
    relations=[{"kind": "dbmtl", "source": "click", "target": "seconds"}],
    calibration={"tasks": {"click": "isotonic"}},
    training={"criterion": {"tasks": ["click", "seconds"]}},
)


def test_with_all_tasks_it_is_the_same() -> None:
    assert with_tasks(RICH, ["reaction", "seconds", "click"]) == RICH


def test_what_names_a_task_goes_with_it() -> None:
    found = with_tasks(RICH, ["seconds", "reaction"])
    assert [task.name for task in found.tasks] == ["seconds", "reaction"]
    assert found.network.task_experts == (2, 3)
    assert [group.name for group in found.network.task_groups] == ["b"]
    assert [(rule.source, rule.target) for rule in found.sharing.forbid] == [("seconds", "reaction")]
    assert found.sharing.quarantine == ("reaction",)
    stops = [(rule.source, rule.target) for rule in found.sharing.stop_gradient]
    assert stops == [("shared", "seconds"), ("b", "reaction")]
    assert found.relations == ()
    assert found.calibration.tasks == {}
    assert found.training.criterion.tasks == ("seconds",)


def test_all_else_stays() -> None:
    found = with_tasks(RICH, ["click", "seconds"])
    untouched = derive(
        RICH,
        **{
            name: getattr(found, name)
            for name in ("tasks", "network", "sharing", "relations", "training", "calibration")
        },
    )
    assert untouched == found
    assert found.network.level_dims == RICH.network.level_dims
    assert found.training == RICH.training
    assert found.relations == RICH.relations


def test_a_criterion_of_the_others_becomes_that_of_all() -> None:
    assert with_tasks(RICH, ["reaction"]).training.criterion.tasks is None


def test_no_task_is_refused() -> None:
    with pytest.raises(ExperimentError, match="tasks"):
        with_tasks(RICH, [])
