"""metrics.json: what training took and what it reached."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.data.domain_record import DomainShift
from taskfusion.evaluate.comparison import Parameters
from taskfusion.evaluate.record import TaskRecord

SplitName = Literal["validation", "test"]


Splits = Mapping[SplitName, Sequence[TaskRecord]]
"""Records by split with labels: validation and, where there is one, test."""


class NetworkTraining(Record):
    """What the training of a network took."""

    learner: Literal["network"] = Field("network", description="What was trained.")
    epochs: float = Field(ge=0, description="Epochs trained.")
    best_epoch: float = Field(ge=0, description="Epoch whose weights were kept.")
    seconds: float = Field(ge=0, description="Time of training and evaluations, in seconds.")
    rows_per_second: float = Field(ge=0, description="Training rows per second, evaluations left out.")
    train_rows: int = Field(ge=0, description="Rows of the training table.")
    parameters: Parameters = Field(description="Numbers of weights.")
    flops_per_row: float = Field(ge=0, description="Floating-point operations of one forward pass, per row.")
    criterion: str = Field(description="Metric that chose the best evaluation.")


class TreeTraining(Record):
    """What the growing of trees took."""

    learner: Literal["trees"] = Field("trees", description="What was trained.")
    seconds: float = Field(ge=0, description="Time of growing, in seconds.")
    rounds: int = Field(ge=0, description="Rounds of the best evaluation.")
    leaves: int = Field(ge=0, description="Leaves of all trees.")
    train_rows: int = Field(ge=0, description="Rows of the training table.")
    criterion: str = Field(description="Metric of the experiment; trees are stopped by their own loss.")
    ids: str | None = Field(
        description="How ids were seen: a name that lightgbm.ids may have; null where the library has its own way."
    )
    id_losses: dict[str, float] = Field(
        description="Validation loss of a few trees with each way of seeing ids; empty where the experiment chose it."
    )


class RunMetrics(Artifact):
    """What training took and what it reached."""

    variant: str = Field(description="Variant of the network, or the baseline of trees.")
    seed: int = Field(description="Seed of the training.")
    training: Annotated[NetworkTraining | TreeTraining, Field(discriminator="learner")] = Field(
        description="What training took."
    )
    splits: dict[SplitName, tuple[TaskRecord, ...]] = Field(
        description="What the model reached, one entry per task, on each split with labels."
    )
    domain: DomainShift | None = Field(
        None, description="The domain that training and validation rows were weighted for; null: they were not."
    )

    @property
    def network_training(self) -> NetworkTraining:
        """What the training of a network took.

        Raises:
            ValueError: trees were grown.
        """
        if not isinstance(self.training, NetworkTraining):
            raise ValueError("these are metrics of trees, not of a network")
        return self.training
