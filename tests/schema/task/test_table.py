"""Every kind of task is in every table, and all that it names is there."""

from typing import get_args

from pydantic import TypeAdapter

from kinds import TASKS
from taskfusion.config.training import CalibrationConfig
from taskfusion.evaluate.metric import METRICS
from taskfusion.evaluate.state import STATES
from taskfusion.evaluate.statistic import STATISTICS
from taskfusion.inspect.leakage import LEAK
from taskfusion.model.head.calibration import MAPS
from taskfusion.model.head.table import HEADS
from taskfusion.schema.task.table import KINDS, LEAD_MEANINGS, Task, kind_of
from taskfusion.train.calibration import FITS


def test_every_table_has_every_kind() -> None:
    assert set(KINDS) == set(STATES) == set(HEADS)
    assert [kind.spec for kind in KINDS.values()] == list(get_args(get_args(Task)[0]))
    assert set(KINDS) == set(CalibrationConfig.model_fields) - {"tasks"}


def test_every_name_that_a_kind_gives_is_known() -> None:
    for name, kind in KINDS.items():
        assert (kind.name, kind.metrics[0].name, kind.calibrations[0]) == (name, "relative_loss", "none")
        assert set(kind.calibrations[1:]) <= set(MAPS) == set(FITS)
        assert set(kind.statistics) <= set(STATISTICS) & set(kind.metric_names)
        assert set(kind.left_out) < set(kind.metric_names) <= set(METRICS)
        assert kind.leak in LEAK


def test_a_task_is_read_as_its_kind() -> None:
    adapter: TypeAdapter[Task] = TypeAdapter(Task)
    for task in TASKS:
        found = adapter.validate_python(task.model_dump())
        assert found == task
        assert isinstance(found, kind_of(task).spec)


def test_the_meaning_of_the_relative_loss_is_said_of_every_kind() -> None:
    assert [part.split(":")[0] for part in LEAD_MEANINGS.split("; ")] == list(KINDS)
