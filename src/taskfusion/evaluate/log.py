"""One evaluation on the validation rows during training."""

from typing import Literal

from pydantic import Field

from taskfusion.base.record import Record
from taskfusion.evaluate.record import Metrics


class EvaluationRecord(Record):
    """One evaluation on the validation rows; each line holds one."""

    event: Literal["evaluation"] = Field("evaluation", description="What the line is about.")
    epoch: float = Field(ge=0, description="Epochs trained so far, parts of one included.")
    step: int = Field(ge=0, description="Batches trained on so far.")
    seconds: float = Field(ge=0, description="Time of training and evaluations so far, in seconds.")
    rows_per_second: float = Field(ge=0, description="Training rows per second so far, evaluations left out.")
    train_loss: dict[str, float | None] = Field(
        description="By task, mean loss since the last evaluation; null where no label was known."
    )
    criterion: float = Field(description="The metric that chooses the best evaluation.")
    best: bool = Field(description="Whether it was the best evaluation so far.")
    validation: dict[str, Metrics] = Field(description="Metrics by task and name; null where one cannot be computed.")
