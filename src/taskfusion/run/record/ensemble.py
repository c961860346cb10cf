"""ensemble.json: how much a prediction takes of the network, and how much of trees."""

from pydantic import Field

from taskfusion.base.record import Artifact, Record


class EnsembleTrees(Record):
    """Trees of one task that see ids in one way."""

    ids: str = Field(description="How they see ids, a value of lightgbm.ids.")
    weight: float = Field(ge=0, description="Weight of their logit; the run holds no trees of weight 0.")
    rounds: int = Field(ge=0, description="Rounds.")
    loss: float = Field(description="Mean validation loss of these trees alone.")


class EnsembleTask(Record):
    """One task; its logit is shift + network * (logit of the network) + the sum of weight * (logit of trees)."""

    name: str = Field(description="Name of the task.")
    network: float = Field(ge=0, description="Weight of the network's logit.")
    shift: tuple[float, ...] = Field(description="One number per logit.")
    kept: float = Field(
        ge=0, le=1, description="Share of the distance to the best constant prediction that the evidence lets stand."
    )
    losses: dict[str, float] = Field(
        description="Mean validation loss of the constant prediction, the network alone and the ensemble; in-sample "
        "for the last."
    )
    trees: tuple[EnsembleTrees, ...] = Field(description="Its trees.")

    @property
    def trees_weight(self) -> float:
        """Of all its trees."""
        return sum(one.weight for one in self.trees)


class EnsembleRecord(Artifact):
    """The ensemble of a run."""

    tasks: tuple[EnsembleTask, ...] = Field(description="The tasks, in order.")
