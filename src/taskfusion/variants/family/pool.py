"""Experts that belong to nobody, and units that weigh them all: MMoE, its levels one above the other, shared-bottom."""

from dataclasses import dataclass
from typing import ClassVar

from taskfusion.base.errors import ExperimentError
from taskfusion.variants.family.base import NetworkShape, gate_settings, refuse_ownership
from taskfusion.variants.plan import GateKind, LevelPlan


@dataclass(frozen=True)
class PoolFamily:
    """Every expert of a level has a state of its own above it.

    Attributes:
        gate: where the weights come from.
        one_expert: a level has one expert, whatever is asked.
        joins_levels: the layers of all levels are those of one.
    """

    gate: GateKind
    one_expert: bool = False
    joins_levels: bool = False
    owned: ClassVar[bool] = False

    @property
    def reads(self) -> frozenset[str]:
        """As in Family."""
        counts = frozenset() if self.one_expert else frozenset({"num_experts"})
        return counts | gate_settings(self.gate, owned=self.owned)

    def levels(self, variant: str, shape: NetworkShape) -> tuple[LevelPlan, ...]:
        """The levels of a network, as in Family."""
        refuse_ownership(variant, shape)
        count = 1 if self.one_expert else shape.num_experts
        if count is None or count < 1:
            raise ExperimentError(f"{variant} needs num_experts, the number of experts of a level, at least 1")
        return tuple(
            LevelPlan(
                layer_dims=tuple(dims),
                experts_per_state=(count,) if number == 0 else (1,) * count,
                visible=((True,) * count,) * (shape.num_tasks if number == shape.last_level else count),
                gate=self.gate,
            )
            for number, dims in enumerate(shape.level_dims)
        )
