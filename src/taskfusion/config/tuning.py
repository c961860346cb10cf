"""The part of the experiment file that says what tune searches."""

import json
from typing import Annotated, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from taskfusion.schema.spec import Spec

Bound = Annotated[float, Field(ge=-1e12, le=1e12)]
SettingName = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Range(Spec):
    """What a setting is tried with: numbers from low to high, or one of the values."""

    low: Bound | None = Field(None, description="Smallest number; whole numbers are tried where the setting is one.")
    high: Bound | None = Field(None, description="Largest number.")
    log: bool = Field(False, description="Whether numbers are drawn by their logarithm, as step sizes should be.")
    values: tuple[JsonValue, ...] | None = Field(
        None,
        max_length=1000,
        description="Values to choose from, each as it would stand in this file, instead of low and high.",
    )

    @model_validator(mode="after")
    def _either_numbers_or_values(self) -> Self:
        if self.values is not None:
            if self.low is not None or self.high is not None or self.log:
                raise ValueError("give either low and high, or values, not both")
            if len({json.dumps(value, sort_keys=True) for value in self.values}) < max(2, len(self.values)):
                raise ValueError("values should hold at least two different ones, each once")
            return self
        if self.low is None or self.high is None:
            raise ValueError("low and high are both needed (or values)")
        if self.low >= self.high:
            raise ValueError(f"low should be below high, found {self.low:g} and {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"with log, low should be above 0, found {self.low:g}; to try 0 as well, list values")
        return self


class TuningConfig(Spec):
    """What tune searches; no other command reads it."""

    space: dict[SettingName, Range] | None = Field(
        None,
        max_length=1000,
        description="From the dotted name of a setting, such as training.learning_rate or tasks.click.loss_weight, to "
        "its range. Names under lightgbm are the space of the method lightgbm, all others that of networks. A "
        "learner without a name here has a default space, and models of one task search no loss_weight. Networks: "
        "learning rates, weight decay, width of embeddings, both dropouts, widths of the levels. lightgbm: learning "
        "rate, leaves, rows of a leaf, share of columns, L2.",
    )
