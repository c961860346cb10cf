"""fusion.json: the mean fusion weights of a run."""

from pydantic import Field

from taskfusion.base.record import Artifact
from taskfusion.variants.fusion_map import DomainMaps, FusionMap


class FusionMaps(Artifact):
    """Who takes how much from whom; no levels where every level has but one expert."""

    levels: tuple[FusionMap, ...] = Field(description="One map per level, level 0 first where there is one.")
    domains: tuple[DomainMaps, ...] = Field(
        (),
        description="The same by value of each feature of network.gate.features, those of most rows first; none where "
        "gates read no feature.",
    )
