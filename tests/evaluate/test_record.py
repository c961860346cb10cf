import math

from taskfusion.evaluate.record import RowCount, TaskRecord, empty_record, task_record
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.schema.task.table import KINDS

WATCH = RegressionTask(kind="regression", name="watch")


def test_what_is_no_number_becomes_null_with_its_reason() -> None:
    values: dict[str, float | str] = {
        "r2": "because",
        "mse": math.inf,
        "mae": math.nan,
        "relative_loss": 0.5,
        "observed_over_predicted": 1.0,
    }
    record = task_record(WATCH, RowCount(used=3, unknown=1), 2.0, values)
    assert record.metrics == {
        "relative_loss": 0.5,
        "observed_over_predicted": 1.0,
        "mse": None,
        "mae": None,
        "r2": None,
    }
    assert record.not_available.keys() == {"mse", "mae", "r2"}
    assert record.not_available["r2"] == "because"
    assert "too large" in record.not_available["mse"]
    assert TaskRecord.model_validate_json(record.model_dump_json()) == record


def test_a_record_of_nothing_has_every_metric_as_null() -> None:
    record = empty_record(WATCH, 5)
    assert record.metrics == dict.fromkeys(KINDS["regression"].metric_names)
    assert record.metrics.keys() == record.not_available.keys()
    assert record.rows == RowCount(used=0, unknown=5)
