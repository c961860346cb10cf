"""The fusion level: the one building block of every variant.

Axes: B rows, U output units, E experts, D state width, H expert width, V numbers of a row's domain.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from taskfusion.model.fusion.expert import ExpertBank, LoweredExperts
from taskfusion.model.fusion.gate import GATES, LoweredGate
from taskfusion.model.fusion.state_mask import LoweredMasks, StateMasks
from taskfusion.model.lowered import InputReaders, ReadsInput, ReadsStates, joined
from taskfusion.variants.plan import GateKind, LevelPlan


class FusionWeights(NamedTuple):
    """How a level mixes its experts: gate [B, U, E] (or [1, U, E], the same for all rows) plus native [U, E]."""

    gate: Tensor
    native: Tensor


class NativeResidual(nn.Module):
    """The learned vector v_u over unit u's own experts, as a U x E matrix (AdaTT eq. 8 and 11).

    Args:
        plan: the level; its experts belong to units.
    """

    def __init__(self, plan: LevelPlan) -> None:
        super().__init__()
        places = [unit * plan.num_experts + expert for unit, own in enumerate(plan.own_experts) for expert in own]
        self.shape = (plan.num_units, plan.num_experts)
        self.register_buffer("native_place", torch.tensor(places, dtype=torch.long), persistent=False)
        if plan.native_is_learned:
            start = [torch.empty(len(own)).uniform_(-1.0, 1.0) / math.sqrt(len(own)) for own in plan.own_experts]
            self.native_weight: Tensor = nn.Parameter(torch.cat(start))
        else:
            self.register_buffer("native_weight", torch.ones(len(places)), persistent=False)

    native_place: Tensor

    def forward(self) -> Tensor:
        """The residual weights [U, E]; 0 where an expert is not the unit's own."""
        empty = self.native_weight.new_zeros(self.shape[0] * self.shape[1])
        return empty.index_copy(0, self.native_place, self.native_weight).view(self.shape)


def with_shared(state: Tensor) -> Tensor:
    """Every unit's state plus the shared unit's, the last: of [B, D], which all units share, or [B, U, D]."""
    return state + (state if state.dim() == 2 else state[:, -1:])


class FusionLevel(nn.Module):
    """f_u = (pad(v_u) + g_u) . E, one contraction over all experts of the level (AdaTT eq. 11).

    Args:
        plan: the level as data.
        state_dim: D, width of the states that the experts read.
        input_dim: width of the network's input, which gates of kind INPUT_SOFTMAX read; without the domain.
    """

    def __init__(self, plan: LevelPlan, state_dim: int, input_dim: int) -> None:
        super().__init__()
        self.plan, self.input_dim = plan, input_dim
        self.gate_reads_input = plan.gate is GateKind.INPUT_SOFTMAX
        self.gate_adds_shared = plan.gate is GateKind.STATE_AND_SHARED_SOFTMAX
        self.experts = ExpertBank(plan.experts_per_state, state_dim, plan.layer_dims, plan.output)
        gate_dim = input_dim if self.gate_reads_input else state_dim
        own = plan.own_experts if plan.owned else ()
        self.gate = GATES[plan.gate](plan.visible, gate_dim, plan.gate_settings, own)
        self.native = NativeResidual(plan) if plan.native_residual else None
        self.mask = StateMasks(plan, state_dim) if plan.masked_units else None
        self.stops = any(map(any, plan.stopped))
        if self.stops:
            self.register_buffer("stopped_UE", torch.tensor(plan.stopped, dtype=torch.bool), persistent=False)

    stopped_UE: Tensor

    def weights(self, state: Tensor, inputs: Tensor, scenario_BV: Tensor | None = None) -> FusionWeights:
        """The weights of the experts for every unit, gate and native residual apart.

        Args:
            state: [B, D] or [B, U_in, D].
            inputs: the network's input [B, D_in] or [B, U, D_in].
            scenario_BV: the domain of rows, where gates read it.
        """
        source = inputs if self.gate_reads_input else with_shared(state) if self.gate_adds_shared else state
        gate = self.gate(source, scenario_BV)
        native = self.native() if self.native is not None else gate.new_zeros(gate.shape[1:])
        return FusionWeights(gate, native)

    def mix(self, weights: FusionWeights, state: Tensor) -> Tensor:
        """The units' new states [B, U, H] under given weights."""
        mixed_BUH = self._mixed(weights.gate + weights.native, self.experts(state))
        return mixed_BUH if self.mask is None else self.mask(mixed_BUH, state)

    def _mixed(self, weight: Tensor, expert_BEH: Tensor) -> Tensor:
        if not self.stops:
            return torch.matmul(weight, expert_BEH)
        trained = torch.matmul(weight.masked_fill(self.stopped_UE, 0.0), expert_BEH)
        return trained + torch.matmul(weight.masked_fill(~self.stopped_UE, 0.0), expert_BEH.detach())

    def forward(self, state: Tensor, inputs: Tensor, scenario_BV: Tensor | None = None) -> Tensor:
        """Run the level.

        Args:
            state: [B, D], shared by all units, or [B, U_in, D].
            inputs: the network's input [B, D_in] or [B, U, D_in].
            scenario_BV: the domain of rows, where gates read it.

        Returns:
            The units' new states [B, U, H].
        """
        return self.mix(self.weights(state, inputs, scenario_BV), state)

    def lowered(self, number: int, readers: InputReaders) -> "LoweredLevel":
        """The form in which the level is scored.

        Args:
            number: of the level, from 1; the states of level 1 are x.
            readers: of x; this level's are added.
        """
        experts, gate = self.experts.lowered(), self.gate.lowered(None if self.native is None else self.native())
        first: ReadsInput | ReadsStates = (
            readers.add(f"experts {number}", experts.reader) if number == 1 else ReadsStates(experts.reader)
        )
        logits: list[ReadsInput | ReadsStates] = []
        if gate.reader is not None:
            reader = replace(gate.reader, adds_shared=self.gate_adds_shared)
            reads_input = number == 1 or self.gate_reads_input
            logits.append(readers.add(f"gate {number}", reader) if reads_input else ReadsStates(reader))
        if gate.scenario is not None:
            logits.append(readers.add(f"scenario {number}", gate.scenario, start=self.input_dim))
        return LoweredLevel(first, experts, logits, gate, None if self.mask is None else self.mask.lowered())


class LoweredLevel(nn.Module):
    """A level in the form in which it is scored: one state [B, H] per unit to the same.

    Args:
        first: reads what the experts' first layers read.
        experts: from there on.
        logits: read what the gate reads, and are added; none: the gate is the same for all rows.
        gate: with the native residual.
        masks: None: there are none.
    """

    def __init__(
        self,
        first: ReadsInput | ReadsStates,
        experts: LoweredExperts,
        logits: Sequence[ReadsInput | ReadsStates],
        gate: LoweredGate,
        masks: LoweredMasks | None,
    ) -> None:
        super().__init__()
        self.first, self.experts = first, experts
        self.logits, self.gate, self.masks = nn.ModuleList(logits), gate, masks

    def forward(self, shares: Sequence[Tensor], states: Sequence[Tensor]) -> Sequence[Tensor]:
        """The units' new states.

        Args:
            shares: sums over x of all readers of x.
            states: those below; level 1, which reads x alone, has none.
        """
        expert_BEH = self.experts(self.first(shares, states))
        logit_BP: Tensor | None = None
        for logits in self.logits:
            read_BP = joined(logits(shares, states))
            logit_BP = read_BP if logit_BP is None else logit_BP + read_BP
        state_BUH = torch.matmul(self.gate(logit_BP), expert_BEH)
        mixed: Sequence[Tensor] = state_BUH.flatten(1).split(state_BUH.shape[2], dim=1)
        return mixed if self.masks is None else self.masks(mixed, states)
