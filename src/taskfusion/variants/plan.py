"""What a fusion level is, as data: who reads what, who sees whom, how it is mixed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from taskfusion.base.errors import ExperimentError


class GateKind(Enum):
    """Where a unit's weights over the experts come from."""

    STATE_SOFTMAX = "softmax of a linear map of the unit's own state"
    STATE_AND_SHARED_SOFTMAX = "softmax of a linear map of the unit's own state plus the shared unit's"
    INPUT_SOFTMAX = "softmax of a linear map of the network's input"
    MATRIX = "a learned matrix without softmax, the same for all rows"
    CONSTANT = "one for every visible expert"

    @property
    def is_softmax(self) -> bool:
        """Whether the weights of a unit are a softmax."""
        return self not in (GateKind.MATRIX, GateKind.CONSTANT)


class ExpertOutput(Enum):
    """What an expert does with its last layer."""

    RELU = "relu"
    NORMALISED_SWISH = "normalised-swish"


@dataclass(frozen=True)
class GateSettings:
    """How gates weigh what they see; the defaults change nothing.

    Attributes:
        temperature: softmax gates divide their logits by it; above 1 weights are more even, below 1 more decided.
        dropout: share of the level's experts whose gate weight is set to 0 in training, by row, alike for all units,
            the other weights scaled up to a sum of 1; a unit that would lose all that it sees keeps them. Softmax gates
            only; the native residual is not dropped (Zhao et al., Recommending what video to watch next, RecSys 2019).
        own_share: weight that a unit gives its own experts at the start, 0..1, the rest going to the others that it
            sees, alike; None: as nn.Linear starts. Softmax gates have it where their input is 0, through their biases;
            matrices exactly (Misra et al., CVPR 2016). Not read where experts belong to nobody.
        scenario_dim: numbers that say which domain a row is of, which softmax gates read beside their source; 0: none.

    Raises:
        ExperimentError: a number is out of range.
    """

    temperature: float = 1.0
    dropout: float = 0.0
    own_share: float | None = None
    scenario_dim: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not self.temperature > 0:
            raise ExperimentError(f"a gate's temperature should be above 0, found {self.temperature}")
        if not 0 <= self.dropout < 1:
            raise ExperimentError(f"a gate's dropout should be at least 0 and below 1, found {self.dropout}")
        if self.own_share is not None and not 0 < self.own_share < 1:
            raise ExperimentError(f"a gate's own_share should be above 0 and below 1, found {self.own_share}")
        if self.scenario_dim < 0:
            raise ExperimentError(f"a gate's scenario_dim should be 0 or more, found {self.scenario_dim}")


@dataclass(frozen=True)
class LevelPlan:
    """One fusion level.

    Attributes:
        layer_dims: layer widths of one expert; the last is H.
        experts_per_state: per state the number of experts that read it; experts stand in the order of their states.
        visible: per output unit (U) and expert (E) whether the unit may take from the expert.
        gate: where the weights come from; unit u of a gate that reads states reads state u; the shared unit's state
            is the last.
        owned: whether the experts that read state u belong to unit u; else they belong to nobody.
        native_residual: whether a unit adds a residual over its own experts; a learned vector, or 1 where no unit of
            the level has more than one expert.
        stopped: per output unit (U) and expert (E) whether the unit takes from the expert without training it: no
            gradient passes back along the edge, but the one of its weight does; empty: nowhere.
        quarantined: states whose experts no other unit takes from, whatever the variant; at all levels the same.
        masked_units: the first so many units weigh each number of what they take by a mask of their own.
        gate_settings: how the gates weigh what they see.
        output: what experts do with their last layer; the layers below it have ReLU.
    """

    layer_dims: tuple[int, ...]
    experts_per_state: tuple[int, ...]
    visible: tuple[tuple[bool, ...], ...]
    gate: GateKind
    owned: bool = False
    native_residual: bool = False
    stopped: tuple[tuple[bool, ...], ...] = ()
    quarantined: frozenset[int] = frozenset()
    masked_units: int = 0
    gate_settings: GateSettings = GateSettings()
    output: ExpertOutput = ExpertOutput.RELU

    @property
    def reads(self) -> tuple[int, ...]:
        """Per expert (E) the index of the state that it reads."""
        return tuple(state for state, count in enumerate(self.experts_per_state) for _ in range(count))

    @property
    def num_states(self) -> int:
        """Number of states that the experts read."""
        return len(self.experts_per_state)

    @property
    def num_experts(self) -> int:
        """Number of experts, E."""
        return sum(self.experts_per_state)

    @property
    def num_units(self) -> int:
        """Number of output units, U."""
        return len(self.visible)

    @property
    def most_numbers(self) -> int:
        """Of a row, in the widest layer: all experts, or all masks, side by side."""
        return max(self.num_experts, self.masked_units) * max(self.layer_dims)

    @property
    def own_experts(self) -> tuple[tuple[int, ...], ...]:
        """Per output unit (U) its own experts; none where experts belong to nobody."""
        reads = self.reads if self.owned else ()
        return tuple(tuple(e for e, state in enumerate(reads) if state == unit) for unit in range(self.num_units))

    @property
    def native_is_learned(self) -> bool:
        """Whether the residual is a learned vector, else 1."""
        return max(self.experts_per_state) > 1

    @property
    def num_input_units(self) -> int | None:
        """Units that may have inputs of their own, x [B, U, D]; None where the level must read one shared x."""
        return self.num_states if self.owned else None


def with_scenarios(plans: Iterable[LevelPlan], scenario_dim: int) -> tuple[LevelPlan, ...]:
    """The same levels with gates that read so many numbers of a row's domain."""
    return tuple(replace(plan, gate_settings=replace(plan.gate_settings, scenario_dim=scenario_dim)) for plan in plans)


def scenario_dim_of(plans: Iterable[LevelPlan]) -> int:
    """Numbers of a row's domain that the gates of some level read; matrices and constants read none."""
    return max((plan.gate_settings.scenario_dim for plan in plans if plan.gate.is_softmax), default=0)


def with_settings(
    plans: Iterable[LevelPlan], gate: GateSettings, output: ExpertOutput = ExpertOutput.RELU
) -> tuple[LevelPlan, ...]:
    """The same levels with gates of these settings and experts with this output."""
    return tuple(replace(plan, gate_settings=gate, output=output) for plan in plans)
