"""How much each task's loss rises when a feature says nothing any more."""

from pydantic import Field

from taskfusion.base.record import Record
from taskfusion.evaluate.comparison import Interval


class FeatureImportance(Record):
    """The permutation importance of one column of the table."""

    feature: str = Field(description="Column of the table; all features that read it are shuffled together.")
    tasks: dict[str, Interval] = Field(
        description="By task, by how many percent its loss rises: mean and 95 % interval over shuffles."
    )
