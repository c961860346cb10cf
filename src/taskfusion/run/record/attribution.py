"""Parts of explain.json: which columns move the score of each task, over many rows and for one."""

from pydantic import Field

from taskfusion.base.record import Record
from taskfusion.evaluate.comparison import Interval


class ColumnAttribution(Record):
    """How far one column of the table moves the score of a task."""

    column: str = Field(description="Column of the table; all features that read it count together.")
    size: Interval = Field(
        description="Mean size of its attribution over rows and seeds, with a 95 % interval over groups of rows."
    )
    by_seed: tuple[float, ...] = Field(description="The same of every seed, in order.")
    permutation: Interval | None = Field(
        description="By how many percent the task's loss rises when the column is shuffled; the interval is over "
        "shuffles with one seed, else over seeds. Null: no label is known."
    )


class TaskAttribution(Record):
    """Which columns move the score of one task."""

    task: str = Field(description="Name of the task.")
    score: str = Field(description="What is moved, such as log-odds.")
    completeness_error: float = Field(
        ge=0, description="Share of the scores' mean change that the columns do not add up to; the worst seed's."
    )
    columns: tuple[ColumnAttribution, ...] = Field(description="In the order of the table's features.")
    permutation_rank: float | None = Field(
        description="Rank correlation of attribution and permutation importance over the columns; null: too few."
    )
    seed_rank: float | None = Field(
        description="Rank correlation of the attributions over the columns, mean over pairs of seeds; null: one seed."
    )


class AttributionRecord(Record):
    """Integrated gradients from the mean input, summed per column."""

    rows: int = Field(ge=1, description="Rows whose attributions were computed.")
    permuted_rows: int = Field(ge=1, description="Rows of the permutation importance.")
    repeats: int = Field(ge=2, description="Shuffles of each column.")
    steps: int = Field(ge=1, description="Steps of the path, the most that a row took.")
    tasks: tuple[TaskAttribution, ...] = Field(description="One per task.")


class PushRecord(Record):
    """What one column does to the score of one row."""

    column: str = Field(description="Column of the table.")
    value: str = Field(description="What stands there, in short.")
    push: float = Field(description="How far it moves the score, mean over seeds; above 0: up.")
    by_seed: tuple[float, ...] = Field(description="The same of every seed, in order.")
    steady: bool | None = Field(description="Whether all seeds agree in sign; null: one seed.")


class DonorRecord(Record):
    """What passes through the experts of one unit, on the way to a task."""

    level: int = Field(description="Number of the fusion level.")
    source: str = Field(description="Unit that owns the experts, or the expert where it belongs to nobody.")
    own: bool = Field(description="Whether these are the task's own experts.")
    share: float = Field(description="Percent of what moves the task's outputs of this row, mean over seeds.")
    by_seed: tuple[float, ...] = Field(description="The same of every seed, in order.")
    steady: bool | None = Field(description="Whether all seeds agree in sign; null: one seed.")


class RowTask(Record):
    """How one task's prediction of a row comes about: start + trees + pushes + gap + calibration = score."""

    task: str = Field(description="Name of the task.")
    kind: str = Field(description="Kind of the task.")
    score_title: str = Field(description="What is added up, such as log-odds.")
    value: str | None = Field(description="The likeliest value, where a label is one of several; else null.")
    prediction: float = Field(description="Calibrated prediction, mean over seeds; of a value, its probability.")
    by_seed: tuple[float, ...] = Field(description="The same of every seed, in order.")
    base: float = Field(description="What training labels have on average: the base rate, the mean or the share.")
    start: float = Field(description="Score of the mean input.")
    trees: float | None = Field(description="What trees beside the network add, against their mean; null: none.")
    pushes: tuple[PushRecord, ...] = Field(description="Of every column, the largest first.")
    gap: float = Field(description="What the columns do not add up to.")
    calibration: float = Field(description="What calibration adds.")
    score: float = Field(description="Score of the calibrated prediction.")
    donors: tuple[DonorRecord, ...] = Field(description="By level and source; empty where nothing is mixed.")


class RowRecord(Record):
    """One row explained."""

    index: int = Field(ge=0, description="Number of the row in the table, from 0.")
    wanted: str = Field(description="How it was asked for: an index or a condition.")
    unseen: tuple[str, ...] = Field(description="Columns whose values training never saw.")
    tasks: tuple[RowTask, ...] = Field(description="One per task.")
