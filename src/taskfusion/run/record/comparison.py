"""comparison.json: what methods reached over seeds, and what their differences show."""

from pydantic import Field, JsonValue

from taskfusion.base.record import Artifact, Record
from taskfusion.evaluate.comparison import Cell, Summary
from taskfusion.evaluate.evidence import Evidence
from taskfusion.evaluate.record import Metrics, RowCount
from taskfusion.run.record.metrics import SplitName


class ComparedTask(Record):
    """A task of the comparison."""

    name: str = Field(description="Name of the task.")
    kind: str = Field(description="Kind of the task.")
    rows: RowCount | None = Field(None, description="Rows that the metrics are from; null where nobody counted them.")


class ComparisonRecord(Artifact):
    """What a comparison found."""

    name: str = Field(description="What the comparison is called.")
    split: SplitName = Field(description="Split whose rows the metrics are from.")
    tasks: tuple[ComparedTask, ...] = Field(description="The tasks, in order.")
    budget: dict[str, JsonValue] = Field(description="What all methods were given, by title.")
    verdicts: tuple[str, ...] = Field(description="What each variant shows, in one sentence each.")
    best: dict[str, Metrics] = Field(description="By task, metrics of a simulator's truth; empty where none is known.")
    summary: Summary = Field(description="Variants over seeds against the reference.")
    evidence: Evidence | None = Field(
        description="Differences over rows and seeds together; null where there is one method alone."
    )
    stopping_costs: dict[str, dict[str, float]] = Field(
        description="By variant and task, what one evaluation for all tasks costs, in percent of its loss."
    )
    cells: tuple[Cell, ...] = Field(description="Every variant with every seed.")
    tuned: dict[str, dict[str, dict[str, JsonValue]]] = Field(
        description="Settings that tune found, by method and model; empty where nothing was tuned."
    )
