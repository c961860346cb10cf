"""tuning.json: all trials of a search, and the best settings."""

from typing import Self

from pydantic import Field, JsonValue, model_validator

from taskfusion.base.record import Artifact, Record
from taskfusion.config.tuning import Range


class TrialRecord(Record):
    """One trial."""

    trial: int = Field(ge=1, description="Number of the trial.")
    value: float | None = Field(description="Criterion of the last evaluation; null where there was none.")
    stopped: str | None = Field(description="Why it was given up; null where it was trained to its end.")
    evaluations: int = Field(ge=0, description="Evaluations on validation rows.")
    seconds: float = Field(ge=0, description="Time it took, in seconds.")
    settings: dict[str, JsonValue] = Field(description="What it tried, by name.")


class StudyRecord(Record):
    """The search for one model."""

    variant: str = Field(description="Name of the method.")
    model: str = Field(description="Which of the method's models; empty where it has one.")
    tasks: tuple[str, ...] = Field(description="Tasks that the model learns.")
    criterion: str = Field(description="Metric that trials are judged by.")
    space: dict[str, Range] = Field(description="What was searched, by name.")
    own: dict[str, JsonValue] = Field(description="The experiment's own settings, by name.")
    first_is_own: bool = Field(description="Whether the first trial had all of these.")
    trials: tuple[TrialRecord, ...] = Field(min_length=1, description="The finished trials, in order.")
    best: int = Field(ge=1, description="Number of the best trial.")
    importances: dict[str, float] = Field(
        description="Share of every setting, 0..1, in what tells good trials from others; may be empty."
    )

    @model_validator(mode="after")
    def _best_is_there(self) -> Self:
        if self.best > len(self.trials):
            raise ValueError(f"best is {self.best}, but there are {len(self.trials)} trials")
        return self

    @property
    def best_trial(self) -> TrialRecord:
        """The trial that best names."""
        return self.trials[self.best - 1]


class TuningRecord(Artifact):
    """What a search found."""

    name: str = Field(description="What the search is called.")
    budget: dict[str, JsonValue] = Field(description="What all trials were given, by title.")
    studies: tuple[StudyRecord, ...] = Field(description="One per model that has a finished trial.")
