"""The weights with which the units of a level mix its experts.

Only visible (unit, expert) edges have parameters; they stand in one flat axis, G edges, unit by unit.
Axes: B rows, U units, E experts, G visible edges, D input width, V numbers of a row's domain.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.model.linear import uniform_like_linear
from taskfusion.model.lowered import Reader
from taskfusion.variants.plan import GateKind, GateSettings

Visible = Sequence[Sequence[bool]]
Owned = Sequence[Sequence[int]]
DEFAULTS = GateSettings()


class LoweredGate(nn.Module, ABC):
    """A gate in the form in which it is scored, with the native residual in it.

    Args:
        reader: the linear map that its logits are; None: its weights are the same for all rows.
        scenario: the one of a row's domain, which is added to it; None: the gate reads no domain.
    """

    def __init__(self, reader: Reader | None, scenario: Reader | None = None) -> None:
        super().__init__()
        self.reader, self.scenario = reader, scenario

    @abstractmethod
    def forward(self, logit_BP: Tensor | None) -> Tensor:
        """Weights [B, U, E] or [U, E] of what the reader makes; None where there is no reader."""


class LoweredSoftmax(LoweredGate):
    """softmax(logits) + native.

    Args:
        reader: of the logits, an output per unit and expert.
        shape: U and E.
        native_UE: None: no residual.
        scenario: as in LoweredGate.
    """

    def __init__(
        self, reader: Reader, shape: tuple[int, int], native_UE: Tensor | None, scenario: Reader | None = None
    ) -> None:
        super().__init__(reader, scenario)
        self.shape = shape
        self.register_buffer("native_UE", native_UE)

    native_UE: Tensor | None

    def forward(self, logit_BP: Tensor | None) -> Tensor:
        """Weights [B, U, E] of the logits."""
        if logit_BP is None:
            raise ValueError("a softmax gate needs its logits")
        gate_BUE: Tensor = logit_BP.unflatten(1, self.shape).softmax(-1)
        return gate_BUE if self.native_UE is None else gate_BUE + self.native_UE


class LoweredConstant(LoweredGate):
    """Weights that are the same for all rows.

    Args:
        weight_UE: the weights.
    """

    def __init__(self, weight_UE: Tensor) -> None:
        super().__init__(None)
        self.register_buffer("weight_UE", weight_UE)

    weight_UE: Tensor

    def forward(self, logit_BP: Tensor | None) -> Tensor:
        """Weights [U, E]."""
        return self.weight_UE


class Gate(nn.Module, ABC):
    """What all gates have in common: the visible edges and their places in the U x E matrix."""

    def __init__(self, visible: Visible) -> None:
        super().__init__()
        flat = [seen for row in visible for seen in row]
        self.num_units, self.num_experts = len(visible), len(visible[0])
        self.all_visible = all(flat)
        edges = [index for index, seen in enumerate(flat) if seen]
        self.register_buffer("edge_G", torch.tensor(edges, dtype=torch.long), persistent=False)

    edge_G: Tensor

    @abstractmethod
    def forward(self, source: Tensor, scenario_BV: Tensor | None = None) -> Tensor:
        """Weights [B, U, E], or [1, U, E] where they are the same for all rows, of what the gate reads."""

    @abstractmethod
    def lowered(self, native_UE: Tensor | None) -> LoweredGate:
        """The form in which the gate is scored.

        Args:
            native_UE: the native residual, which is added; None: there is none.
        """

    def _dense(self, value_BG: Tensor, fill: float) -> Tensor:
        """Edge values [B or 1, G] as [B or 1, U, E], fill where an expert is not visible."""
        if self.all_visible:
            return value_BG.view(-1, self.num_units, self.num_experts)
        empty = value_BG.new_full((value_BG.shape[0], self.num_units * self.num_experts), fill)
        return empty.index_copy(1, self.edge_G, value_BG).view(-1, self.num_units, self.num_experts)


class SoftmaxGate(Gate):
    """softmax(W_u s_u + b_u + V_u d) over the experts that unit u sees (AdaTT eq. 6; MMoE; PLE).

    d says which domain a row is of, where there are domains: one-hot, V_u is a bias of every edge in every domain, the
    most that a gate can learn of a domain beside the state. Gates that read a vector of the scenario: HiNet (Zhou et
    al., ICDE 2023), AESM2 (Zou et al., CIKM 2022). V starts at 0, so that training starts as without domains, and a
    domain that training never saw has the gates that all domains share.

    Args:
        visible: U x E.
        input_dim: D, the width of what the gate reads.
        settings: temperature, dropout and start, and V, numbers of the domain.
        own: per unit (U) its own experts; none where experts belong to nobody.
    """

    def __init__(self, visible: Visible, input_dim: int, settings: GateSettings = DEFAULTS, own: Owned = ()) -> None:
        super().__init__(visible)
        self.temperature, self.dropout = settings.temperature, settings.dropout
        num_edges = len(self.edge_G)
        self.weight_GD = uniform_like_linear(num_edges, input_dim, fan_in=input_dim)
        self.bias_G = uniform_like_linear(num_edges, fan_in=input_dim)
        seen = [sum(row) for row in visible]
        self.num_seen = tuple(seen)
        self.most_seen = max(seen)
        self.seen_alike = len(set(seen)) == 1
        slots = [unit * self.most_seen + slot for unit, count in enumerate(seen) for slot in range(count)]
        self.register_buffer("slot_G", torch.tensor(slots, dtype=torch.long), persistent=False)
        if settings.own_share is not None and own:
            share_G = _start_shares(visible, own, settings.own_share)
            with torch.no_grad():
                self.bias_G.copy_(settings.temperature * torch.tensor(share_G).log())
        self.scenario_GV: Tensor | None = None
        if settings.scenario_dim:
            self.scenario_GV = nn.Parameter(torch.zeros(num_edges, settings.scenario_dim))

    slot_G: Tensor

    def forward(self, source: Tensor, scenario_BV: Tensor | None = None) -> Tensor:
        """Weights of the experts for every unit.

        Args:
            source: [B, D], read by all units, or [B, >= U, D], unit u reading row u.
            scenario_BV: d, alike for all units; where settings say that the gate reads it.

        Returns:
            Weights [B, U, E]; rows sum to 1; exactly 0 where an expert is not visible.
        """
        logits = self.logits(source)
        if self.scenario_GV is not None and scenario_BV is not None:
            logits = logits + functional.linear(scenario_BV, self.scenario_GV)
        if self.temperature != 1.0:
            logits = logits / self.temperature
        logits_BUE = self._dense(logits, fill=-torch.inf)
        if self.training and self.dropout:
            logits_BUE = self._without_dropped(logits_BUE)
        return logits_BUE.softmax(dim=-1)

    def lowered(self, native_UE: Tensor | None) -> LoweredGate:
        """As in Gate; an expert that is not visible has the logit 0 * state - infinity."""
        places = self.num_units * self.num_experts
        bias_G = self.bias_G / self.temperature
        bias_P = bias_G.new_full((places,), -torch.inf).index_copy(0, self.edge_G, bias_G)
        reader = self._reader(self.weight_GD, bias_P)
        scenario = None if self.scenario_GV is None else self._reader(self.scenario_GV, torch.zeros_like(bias_P))
        return LoweredSoftmax(reader, (self.num_units, self.num_experts), native_UE, scenario)

    def _reader(self, weight_GX: Tensor, bias_P: Tensor) -> Reader:
        """Weights of the edges as those of every place, units by experts."""
        weight_PX = weight_GX.new_zeros(len(bias_P), weight_GX.shape[1])
        weight_PX = weight_PX.index_copy(0, self.edge_G, weight_GX / self.temperature)
        return Reader(weight_PX, bias_P, (self.num_experts,) * self.num_units)

    def _without_dropped(self, logits_BUE: Tensor) -> Tensor:
        """Minus infinity for dropped experts, except where a unit would be left with none."""
        rows, _, num_experts = logits_BUE.shape
        dropped_B1E = logits_BUE.new_empty(rows, 1, num_experts).bernoulli_(self.dropout).bool()
        without_BUE = logits_BUE.masked_fill(dropped_B1E, -torch.inf)
        none_left_BU1 = without_BUE.isneginf().all(dim=-1, keepdim=True)
        return torch.where(none_left_BU1, logits_BUE, without_BUE)

    def logits(self, source: Tensor) -> Tensor:
        """What softmax is taken of, [B, G]."""
        if source.dim() == 2:
            return functional.linear(source, self.weight_GD, self.bias_G)
        source_UBD = source[:, : self.num_units].transpose(0, 1)
        weight: Tensor = self.weight_GD
        bias: Tensor = self.bias_G
        if not self.seen_alike:
            rows = self.num_units * self.most_seen
            weight = weight.new_zeros(rows, weight.shape[1]).index_copy(0, self.slot_G, weight)
            bias = bias.new_zeros(rows).index_copy(0, self.slot_G, bias)
        weight_UDK = weight.view(self.num_units, self.most_seen, -1).transpose(1, 2)
        logits_UBK = torch.baddbmm(bias.view(self.num_units, 1, -1), source_UBD, weight_UDK)
        logits = logits_UBK.transpose(0, 1).flatten(1)
        return logits if self.seen_alike else logits.index_select(1, self.slot_G)


class FixedGate(Gate):
    """A gate whose weights are the same for all rows."""

    weight_G: Tensor

    def forward(self, source: Tensor, scenario_BV: Tensor | None = None) -> Tensor:
        """Weights [1, U, E]."""
        return self._dense(self.weight_G.unsqueeze(0), fill=0.0)

    def lowered(self, native_UE: Tensor | None) -> LoweredGate:
        """As in Gate."""
        weight_UE = self._dense(self.weight_G.unsqueeze(0), fill=0.0)[0]
        return LoweredConstant(weight_UE if native_UE is None else weight_UE + native_UE)


class MatrixGate(FixedGate):
    """A learned matrix, the same for all rows, no softmax (Misra et al., Cross-stitch networks, CVPR 2016).

    Args:
        visible: U x E.
        input_dim: not read; gates are built alike.
        settings: of these, only own_share is read.
        own: per unit (U) its own experts.
    """

    def __init__(self, visible: Visible, input_dim: int, settings: GateSettings = DEFAULTS, own: Owned = ()) -> None:
        super().__init__(visible)
        self.weight_G = uniform_like_linear(len(self.edge_G), fan_in=self.num_experts)
        if settings.own_share is not None and own:
            with torch.no_grad():
                self.weight_G.copy_(torch.tensor(_start_shares(visible, own, settings.own_share)))


class ConstantGate(FixedGate):
    """Weight 1 for every visible expert (shared bottom).

    Args:
        visible: U x E.
        input_dim: not read; gates are built alike.
        settings: not read.
        own: not read.
    """

    def __init__(self, visible: Visible, input_dim: int, settings: GateSettings = DEFAULTS, own: Owned = ()) -> None:
        super().__init__(visible)
        self.register_buffer("weight_G", torch.ones(len(self.edge_G)), persistent=False)


def _start_shares(visible: Visible, own: Owned, own_share: float) -> list[float]:
    """Per edge its weight at the start: own experts of a unit have own_share together, the others it sees the rest."""
    shares = []
    for row, mine in zip(visible, own, strict=True):
        seen = [expert for expert, see in enumerate(row) if see]
        others = len(seen) - len(mine)
        of_own = own_share if others else 1.0
        shares += [of_own / len(mine) if expert in mine else (1.0 - own_share) / others for expert in seen]
    return shares


GATES: dict[GateKind, Callable[[Visible, int, GateSettings, Owned], Gate]] = {
    GateKind.STATE_SOFTMAX: SoftmaxGate,
    GateKind.STATE_AND_SHARED_SOFTMAX: SoftmaxGate,
    GateKind.INPUT_SOFTMAX: SoftmaxGate,
    GateKind.MATRIX: MatrixGate,
    GateKind.CONSTANT: ConstantGate,
}
