"""The key `decisions` of a file of routes: what a decision log is kept with."""

from pydantic import Field

from taskfusion.schema.spec import FilePath, Spec


class DecisionSettings(Spec):
    """How the log of what was answered is kept."""

    directory: FilePath = Field("decisions", description="Where the files are written; several servers may share it.")
    sample: float = Field(1.0, gt=0, le=1, description="Share of the requests that are logged, chosen by their ids.")
    salt: str | None = Field(
        None, min_length=8, description="Secret with which units are hashed before they are written; null: as they are."
    )
    batch_rows: int = Field(128, ge=1, le=4096, description="Decisions that are written at once.")
    batch_seconds: float = Field(1.0, gt=0, le=60, description="How long a decision waits for others at most.")
