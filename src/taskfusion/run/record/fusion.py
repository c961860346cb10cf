"""fusion.json: the mean fusion weights of a run."""

from pydantic import Field

from taskfusion.base.record import Artifact
from taskfusion.variants.fusion_map import FusionMap


class FusionMaps(Artifact):
    """Who takes how much from whom; no levels where every level has but one expert."""

    levels: tuple[FusionMap, ...] = Field(description="One map per level, level 0 first where there is one.")
