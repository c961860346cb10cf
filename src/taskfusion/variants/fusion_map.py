"""Who takes how much from whom in a trained network, level by level (AdaTT, figure 3).

Axes: U units, E experts.
"""

from pydantic import Field

from taskfusion.base.record import Record

Matrix = tuple[tuple[float, ...], ...]


class FusionMap(Record):
    """The mean fusion weights of one level."""

    level: int = Field(ge=0, description="Number of the level; 0 is that of the embeddings.")
    units: tuple[str, ...] = Field(description="Names of the U units that mix.")
    experts: tuple[str, ...] = Field(description="Names of the E experts.")
    expert_units: tuple[str, ...] = Field(description="Owner of each expert; empty where it belongs to nobody.")
    weight: Matrix = Field(description="U x E: gate plus native residual, averaged over the validation rows.")
    gate: Matrix = Field(description="U x E: the gate alone.")
    visible: tuple[tuple[bool, ...], ...] = Field(description="U x E: whether the unit may take from the expert.")


class DomainMaps(Record):
    """The mean fusion weights over the rows of one domain."""

    feature: str = Field(description="A feature that the gates read.")
    value: str = Field(description="Its value in these rows.")
    rows: int = Field(ge=1, description="Validation rows that have it.")
    levels: tuple[FusionMap, ...] = Field(
        description="One map per level; none where the rows are too few to say something."
    )
