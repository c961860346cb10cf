"""One stack of experts, of whose every number each task takes its part: MTAN (Liu et al., CVPR 2019)."""

from dataclasses import dataclass
from typing import ClassVar

from taskfusion.variants.family.base import NetworkShape, refuse_ownership
from taskfusion.variants.plan import GateKind, LevelPlan


@dataclass(frozen=True)
class MaskFamily:
    """One expert per level, each above the other; below the last level a state without a mask, the last, is what the
    next expert reads.
    """

    joins_levels: ClassVar[bool] = False
    owned: ClassVar[bool] = False
    reads: ClassVar[frozenset[str]] = frozenset()

    def levels(self, variant: str, shape: NetworkShape) -> tuple[LevelPlan, ...]:
        """The levels of a network, as in Family."""
        refuse_ownership(variant, shape)
        tasks = shape.num_tasks
        return tuple(
            LevelPlan(
                layer_dims=tuple(dims),
                experts_per_state=(1,) if number == 0 else (0,) * tasks + (1,),
                visible=((True,),) * (tasks if number == shape.last_level else tasks + 1),
                gate=GateKind.CONSTANT,
                masked_units=tasks,
            )
            for number, dims in enumerate(shape.level_dims)
        )
