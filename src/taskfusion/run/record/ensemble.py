"""ensemble.json: how much a prediction takes of the network, and how much of trees."""

from pydantic import Field

from taskfusion.base.record import Artifact, Record


class EnsembleTask(Record):
    """One task; its logit is shift + network * (logit of the network) + trees * (logit of the trees)."""

    name: str = Field(description="Name of the task.")
    network: float = Field(ge=0, description="Weight of the network's logit.")
    trees: float = Field(ge=0, description="Weight of the trees' logit.")
    shift: tuple[float, ...] = Field(description="One number per logit.")
    kept: float = Field(
        ge=0, le=1, description="Share of the distance to the best constant prediction that the evidence lets stand."
    )
    losses: dict[str, float] = Field(
        description="Mean validation loss of the constant prediction, the network, the trees and the ensemble; "
        "in-sample for the last."
    )
    ids: str = Field(description="How the trees see ids, a value of lightgbm.ids.")
    rounds: int = Field(ge=0, description="Rounds of the trees.")


class EnsembleRecord(Artifact):
    """The ensemble of a run."""

    tasks: tuple[EnsembleTask, ...] = Field(description="The tasks, in order.")
