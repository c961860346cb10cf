"""An evaluation is typed; what passes through its file is tried in tests/run/record/test_log.py."""

import pytest
from pydantic import ValidationError

from taskfusion.evaluate.log import EvaluationRecord

LINE = EvaluationRecord(
    epoch=0.5,
    step=3,
    seconds=1.0,
    rows_per_second=9.0,
    train_loss={"click": None},
    criterion=0.5,
    best=True,
    validation={"click": {"auc": None}},
)


@pytest.mark.parametrize(
    "change", [{"criterion": float("nan")}, {"step": 1.5}, {"best": 1}, {"train_loss": {"click": "a"}}]
)
def test_numbers_are_numbers(change: dict[str, object]) -> None:
    assert EvaluationRecord(**dict(LINE)) == LINE
    with pytest.raises(ValidationError):
        EvaluationRecord.model_validate({**dict(LINE), **change})
