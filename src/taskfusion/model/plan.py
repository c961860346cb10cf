"""What a fusion level is, as data: who reads what, who sees whom, how it is mixed."""

from dataclasses import dataclass
from enum import Enum


class GateKind(Enum):
    """Where a unit's weights over the experts come from."""

    STATE_SOFTMAX = "softmax of a linear map of the unit's own state"
    INPUT_SOFTMAX = "softmax of a linear map of the network's input"
    MATRIX = "a learned matrix without softmax, the same for all rows"
    CONSTANT = "one for every visible expert"


@dataclass(frozen=True)
class LevelPlan:
    """One fusion level.

    Attributes:
        layer_dims: layer widths of one expert; the last is H.
        reads: per expert (E) the index of the state that it reads.
        visible: per output unit (U) and expert (E) whether the unit may take from the expert.
        gate: where the weights come from; unit u of a STATE_SOFTMAX gate reads state u.
        native: per output unit (U) its own experts, which get the native residual; None: no residual.
        native_is_learned: whether the residual is a learned vector, else it is fixed to 1.
        expert_owners: per expert (E) the index of the unit that owns it, None where experts belong to nobody.
    """

    layer_dims: tuple[int, ...]
    reads: tuple[int, ...]
    visible: tuple[tuple[bool, ...], ...]
    gate: GateKind
    native: tuple[tuple[int, ...], ...] | None = None
    native_is_learned: bool = True
    expert_owners: tuple[int, ...] | None = None

    @property
    def num_states(self) -> int:
        """Number of states that the experts read."""
        return max(self.reads) + 1

    @property
    def num_experts(self) -> int:
        """Number of experts, E."""
        return len(self.reads)

    @property
    def num_units(self) -> int:
        """Number of output units, U."""
        return len(self.visible)
