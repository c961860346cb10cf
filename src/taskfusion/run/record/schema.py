"""schema.json: what the table of a run means, and by what its data is known again."""

from pydantic import Field

from taskfusion.base.record import Artifact
from taskfusion.data.prepared import Fingerprint
from taskfusion.schema.schema import Schema
from taskfusion.schema.statistics import LabelStatistics


class RunSchema(Artifact):
    """What the table of a run means, and by what its data is known again."""

    table: Schema = Field(description="Features, tasks and group, as in the experiment file.")
    labels: tuple[LabelStatistics, ...] = Field(description="Statistics of the training labels, one entry per task.")
    fingerprint: Fingerprint = Field(description="Numbers of rows and hashes of the first rows of every split.")
