"""What is estimated of networks is said to be so; the measured ways are taken through test_cost.py."""

from costs import TASKS, model, way
from serve.conftest import Exported
from taskfusion.study.cost.amount import is_measured
from taskfusion.study.cost.network import estimated_way


def test_separate_models_are_estimated_task_by_task(exported: Exported) -> None:
    schema = exported.experiment.table_schema
    found = estimated_way(way("one model", [model(TASKS, 2.0)], {}), schema)
    assert [one.tasks for one in found.models] == [(task.name,) for task in schema.tasks]
    assert [one.predictions for one in found.models] == [1, 1, 3]
    assert {one.request_seconds.value for one in found.models} == {0.002}
    assert not any(is_measured(one.request_seconds) for one in found.models)
    assert found.losses == {}
