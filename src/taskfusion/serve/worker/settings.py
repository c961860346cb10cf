"""What the process that scores is started with, and what it says of itself once it is ready."""

from pydantic import Field

from taskfusion.base.record import Record


class CommonSettings(Record):
    """What processes of all models are started with."""

    score: str | None = Field(None, description="What candidates are ordered by, such as '0.7*like + 0.3*click'.")
    name: str = Field("ranker", description="What the Open Inference Protocol calls the model.")
    unit: str | None = Field(None, description="Column of a request that says whose it is; null: not told.")
    most_candidates: int = Field(2000, ge=1, description="Candidates of a request, or rows of an inference.")


class WorkerSettings(CommonSettings):
    """What a process is started with."""

    bundle: str = Field(description="Directory made by taskfusion export.")
    items: str | None = Field(None, description="Catalogue or table of items that candidates are named of; null: none.")
    item_id: str | None = Field(None, description="Its column of ids; null: that of the first item feature with ids.")


class ServedFeature(Record):
    """One column of raw values."""

    column: str = Field(description="Key of the value in a request.")
    side: str = Field(description="Where it stands: request, item or candidate.")
    type: str = Field(description="JSON type of a value: integer, number, string or boolean.")
    is_list: bool = Field(description="Whether a value is a list.")
    is_whole: bool = Field(False, description="Whether a number is an id as well, and so a whole one.")
    is_time: bool = Field(False, description="Whether a value is a time, of which a part is taken.")


class ServedTask(Record):
    """What is predicted for one task."""

    name: str = Field(description="Name of the task.")
    columns: list[str] = Field(description="Its predictions: one, or one per value of the label.")


class Started(Record):
    """What a process that is ready says of itself."""

    bundle: str = Field(description="Fingerprint of the bundle.")
    features: list[ServedFeature] = Field(description="Columns of raw values.")
    tasks: list[ServedTask] = Field(description="What is predicted.")
    ordered_by: dict[str, float] = Field(description="Weight of each prediction that candidates are ordered by.")
    items: int | None = Field(description="Items that candidates may be named of; null: candidates need raw values.")
    item_id: str | None = Field(description="Column of their ids.")
    items_begun: float | None = Field(
        None, description="When the table of their catalogue was read, in seconds since 1970; null: not known."
    )
    priors: dict[str, float] = Field(
        description="By prediction, what a candidate gets where no model answers: its mean at export, or where that is "
        "not known what a row of missing values gets."
    )
    error: str | None = Field(None, description="Why it cannot begin; the rest is empty then.")


def not_started(error: str) -> Started:
    """What a process says, or is said of one, that cannot begin.

    Args:
        error: why.
    """
    return Started(bundle="", features=[], tasks=[], ordered_by={}, items=None, item_id=None, priors={}, error=error)
