"""cost.json: what it takes to serve a model, T models or trees, online and in batch, and the cheapest mix of them."""

from typing import Literal

from pydantic import Field

from taskfusion.base.record import Artifact, Record
from taskfusion.config.traffic import Traffic
from taskfusion.run.record.metrics import SplitName

WayName = Literal["one model", "separate models", "trees"]
Mode = Literal["online", "batch"]


class Amount(Record):
    """A number and where it comes from."""

    value: float = Field(description="The number; of several measurements their median.")
    low: float | None = Field(None, description="The lowest measurement; null: there is one, or it is computed.")
    high: float | None = Field(None, description="The highest measurement; null as low.")
    repeats: int | None = Field(None, ge=1, description="Measurements; null: it was not measured here.")
    source: str = Field(description="measured here, from the run, or estimated from what.")


class ModelCost(Record):
    """One model, or what all models of a way share."""

    tasks: tuple[str, ...] = Field(description="Tasks that it predicts; empty: what is done once for all of the way.")
    predictions: int = Field(ge=0, description="Numbers that it predicts per candidate.")
    request_seconds: Amount = Field(description="CPU seconds of one request.")
    row_seconds: Amount = Field(description="CPU seconds of one pair of user and item in batch.")
    process_mb: Amount = Field(description="Memory of one process that no other one shares, in MB.")
    training_seconds: Amount | None = Field(description="Time of one training, in seconds; null: not known.")


class WayCost(Record):
    """One way to have the predictions of all tasks."""

    name: WayName = Field(description="What it is.")
    about: str = Field(description="Which models they are.")
    models: tuple[ModelCost, ...] = Field(description="One model of all tasks, or one per task and what they share.")
    losses: dict[str, Amount] = Field(
        description="By task, the loss over that of the best constant (NE for yes or no); empty: not known."
    )


class BaseCost(Record):
    """What every plan needs."""

    request_seconds: Amount = Field(description="CPU seconds of the HTTP server for one request.")
    mb: Amount = Field(description="Memory of the server, and of files that all processes map, in MB.")
    lookup_seconds: Amount = Field(description="CPU seconds of a request that looks batch predictions up.")


class Bill(Record):
    """What one million requests take."""

    cpu_seconds: float = Field(ge=0, description="CPU seconds that are used; of passes of a batch their share.")
    cores: float = Field(ge=0, description="Cores that are kept for the peak, with headroom; those of a batch not.")
    gb: float = Field(ge=0, description="Memory that is held all the time, in GB.")
    money: float = Field(ge=0, description="Price of cores, memory and batches, training left out.")


class PlannedTask(Record):
    """How one task is predicted."""

    task: str = Field(description="Name of the task.")
    way: WayName = Field(description="By which model.")
    mode: Mode = Field(description="online: for each request; batch: beforehand, and looked up.")
    loss_percent: float | None = Field(description="Loss above that of the task's best model, in %; null: not known.")


class Plan(Record):
    """One way for every task."""

    name: str = Field(description="What it is called.")
    tasks: tuple[PlannedTask, ...] = Field(description="One entry per task.")
    bill: Bill = Field(description="What it takes.")
    training_money: float | None = Field(
        ge=0, description="Price of training its models again and again, per million requests; null: not known."
    )
    is_measured: bool = Field(description="Whether CPU and memory of its models were measured, not estimated.")
    why_not: str | None = Field(description="Which limit it breaks; null: none.")


class CostRecord(Artifact):
    """What it costs to serve predictions, and how to do it."""

    name: str = Field(description="What it is called.")
    subject: str = Field(description="The bundle, run or comparison.")
    machine: str = Field(description="Where it was measured.")
    split: SplitName | None = Field(description="Rows that losses are from; null: none are known.")
    tasks: tuple[str, ...] = Field(description="The tasks, in order.")
    traffic: Traffic = Field(description="What is asked for, and the prices.")
    base: BaseCost = Field(description="What every plan needs.")
    ways: tuple[WayCost, ...] = Field(description="What was measured or estimated of each way.")
    plans: tuple[Plan, ...] = Field(description="Each way alone; the cheapest mixes stand in front.")
    best: str | None = Field(description="Name of the cheapest plan that keeps the limits; null: none does.")
    unmet: str | None = Field(description="The limit that nothing meets; null: all can be met.")
    missing: tuple[str, ...] = Field(description="What is not known, and how to get it.")
