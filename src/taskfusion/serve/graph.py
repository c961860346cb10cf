"""The model in the form in which it is scored: one plain linear layer per group of outputs that read the same state.

What a runtime does well is one product of two matrices with the activation fused to it, so that nothing is transposed
and weights are packed once. Level 1 is cut before its activation: all that reads x is linear in it (the experts' first
layers, the gates, and gates above that read x too), so that W x = W_a x_a + W_b x_b for any two parts of x's columns.
Each sum is a share; the trunk goes on from the shares.

Axes: B rows, T tasks, U units, E experts, D input width, H expert width, P outputs of a reader.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.model.fusion.gate import SoftmaxGate
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.fusion.network import FusionNetwork
from taskfusion.model.fusion.state_mask import StateMasks
from taskfusion.model.head.head import Head
from taskfusion.model.head.tower import TowerBank
from taskfusion.model.linear import UnitLinear
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.serve.export.tensors import whole_batch
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.reader import experts_reader, gate_reader, input_readers


def _linear(weight_PD: Tensor, bias_P: Tensor | None) -> nn.Linear:
    layer = nn.Linear(weight_PD.shape[1], weight_PD.shape[0], bias=bias_P is not None, device="meta")
    layer.weight = nn.Parameter(weight_PD.detach().contiguous(), requires_grad=False)
    if bias_P is not None:
        layer.bias = nn.Parameter(bias_P.detach().contiguous(), requires_grad=False)
    return layer


class _Linears(nn.Module):
    """One layer for every state that something reads: neighbouring outputs, so many of each state."""

    def __init__(self, weight_PD: Tensor, bias_P: Tensor | None, sizes: Sequence[int]) -> None:
        super().__init__()
        weights = weight_PD.split(list(sizes))
        biases = [None] * len(sizes) if bias_P is None else bias_P.split(list(sizes))
        self.reads = [state for state, size in enumerate(sizes) if size]
        self.layers = nn.ModuleList(_linear(weights[state], biases[state]) for state in self.reads)

    def forward(self, states: Sequence[Tensor]) -> list[Tensor]:
        """Per layer its outputs [B, P]."""
        return [layer(states[state]) for state, layer in zip(self.reads, self.layers, strict=True)]


class Share(nn.Module):
    """What some columns of x add to every reader of x.

    Args:
        network: the fusion network.
        runs: neighbouring columns of x, from and to, in order.
        for_units: whether x is [B, U, D].
        bias: whether the biases are in this share; they must be in one share of a row.
    """

    def __init__(self, network: FusionNetwork, runs: Sequence[tuple[int, int]], *, for_units: bool, bias: bool) -> None:
        super().__init__()
        self.runs, self.for_units = list(runs), for_units
        self.layers = nn.ModuleList()
        self.adds_shared = []
        for reader in input_readers(network):
            weight_PD = torch.cat([reader.weight_PD[:, start:stop] for start, stop in self.runs], dim=1)
            sizes = reader.sizes if for_units else (weight_PD.shape[0],)
            self.layers.append(_Linears(weight_PD, reader.bias_P if bias else None, sizes))
            self.adds_shared.append(reader.adds_shared)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """The share [B, P] of each reader, of x [B, D] or [B, U, D]."""
        parts = [x[..., start:stop] for start, stop in self.runs]
        part = torch.cat(parts, dim=-1) if len(parts) > 1 else parts[0]
        states = part.unbind(1) if self.for_units else (part,)
        with_shared = [state + states[-1] for state in states] if any(self.adds_shared) else states
        return tuple(
            _joined(layers(with_shared if adds else states))
            for layers, adds in zip(self.layers, self.adds_shared, strict=True)
        )


def _joined(parts: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(parts), dim=1) if len(parts) > 1 else parts[0]


class _Experts(nn.Module):
    """From the first layers' outputs before the activation to the experts' outputs [B, E, H]."""

    def __init__(self, level: FusionLevel) -> None:
        super().__init__()
        bank = level.experts
        self.num_experts = bank.num_experts
        self.layers = nn.ModuleList(
            _Linears(weight_EHD.flatten(0, 1), bias_EH.flatten(), [weight_EHD.shape[1]] * bank.num_experts)
            for weight_EHD, bias_EH in bank.linear_layers()[1:]
        )
        last = torch.relu if bank.output is None else functional.silu
        self.activations: Sequence[Callable[[Tensor], Tensor]] = (*[torch.relu] * len(self.layers), last)

    def forward(self, first: Sequence[Tensor]) -> Tensor:
        activate, *activations = self.activations
        hidden = _joined([activate(part) for part in first])
        for layers, activate in zip(self.layers, activations, strict=True):
            by_expert = hidden.split(hidden.shape[1] // self.num_experts, dim=1)
            hidden = _joined([activate(part) for part in layers(by_expert)])
        expert_BEH: Tensor = hidden.unflatten(1, (self.num_experts, -1))
        return expert_BEH


class _Masks(nn.Module):
    """States times masks, of the states that are masked, the first, and of those below."""

    def __init__(self, masks: StateMasks) -> None:
        super().__init__()
        self.num_masks, self.reads_states = masks.num_masks, masks.reads_states
        self.hidden, self.last = (_unit_linears(layer) for layer in (masks.hidden, masks.last))

    def forward(self, states: Sequence[Tensor], below: Sequence[Tensor]) -> list[Tensor]:
        taken, rest = states[: self.num_masks], states[self.num_masks :]
        own = below[: self.num_masks]
        sources = [torch.cat(pair, dim=1) for pair in zip(taken, own, strict=True)] if self.reads_states else taken
        masks = self.last([hidden.relu() for hidden in self.hidden(sources)])
        return [*(state * mask.sigmoid() for state, mask in zip(taken, masks, strict=True)), *rest]


def _unit_linears(layer: UnitLinear) -> _Linears:
    weight_UPD, bias_UP = layer.weight_UDH.transpose(1, 2), cast(Tensor, layer.bias_UH)
    return _Linears(weight_UPD.flatten(0, 1), bias_UP.flatten(), [weight_UPD.shape[1]] * len(weight_UPD))


class _Mix(nn.Module):
    """The units' states of the experts' outputs: (gate + native) . E, and masks where there are any."""

    def __init__(self, level: FusionLevel) -> None:
        super().__init__()
        self.num_experts = level.plan.num_experts
        self.num_units = level.plan.num_units
        self.softmax = isinstance(level.gate, SoftmaxGate)
        source = level.experts.weights[0].detach()
        native_UE = source.new_zeros(self.num_units, self.num_experts)
        self.has_constant = level.native is not None or not self.softmax
        if level.native is not None:
            native_UE = level.native().detach()
        constant_UE = native_UE if self.softmax else native_UE + level.gate(source[0, :1]).detach()[0]
        self.register_buffer("constant_UE", constant_UE)
        self.masks = None if level.mask is None else _Masks(level.mask)

    constant_UE: Tensor

    def forward(self, expert_BEH: Tensor, logit_BP: Tensor | None, below: Sequence[Tensor] = ()) -> Sequence[Tensor]:
        """One state [B, H] per unit, of the experts' outputs, the gate's logits and, for masks, the states below."""
        weight = self.constant_UE
        if logit_BP is not None:
            gate_BUE = logit_BP.unflatten(1, (self.num_units, self.num_experts)).softmax(-1)
            weight = gate_BUE + self.constant_UE if self.has_constant else gate_BUE
        state_BUH = torch.matmul(weight, expert_BEH)
        states: tuple[Tensor, ...] = state_BUH.flatten(1).split(state_BUH.shape[2], dim=1)
        return states if self.masks is None else self.masks(states, below)


class _UpperLevel(nn.Module):
    """A level above the first: one state [B, H] per unit to the same."""

    def __init__(self, level: FusionLevel, number: int) -> None:
        super().__init__()
        reader = experts_reader(level, number)
        self.first = _Linears(reader.weight_PD, reader.bias_P, reader.sizes)
        self.experts, self.mix = _Experts(level), _Mix(level)
        self.gate: _Linears | None = None
        if isinstance(level.gate, SoftmaxGate) and not level.gate_reads_input:
            gate = gate_reader(level, number)
            self.gate = _Linears(gate.weight_PD, gate.bias_P, gate.sizes)
        self.adds_shared = level.gate_adds_shared

    def forward(self, states: Sequence[Tensor], logit_BP: Tensor | None) -> Sequence[Tensor]:
        if self.gate is not None:
            sources = [state + states[-1] for state in states] if self.adds_shared else states
            logit_BP = _joined(self.gate(sources))
        return self.mix(self.experts(self.first(states)), logit_BP, states)  # type: ignore[no-any-return]


class _Towers(nn.Module):
    """One state [B, H] per task to predictions on the labels' scale, [B] or [B, C] per task."""

    def __init__(self, towers: TowerBank, heads: Sequence[Head]) -> None:
        super().__init__()
        self.hidden = nn.ModuleList(
            _Linears(weight_EHD.flatten(0, 1), bias_EH.flatten(), [weight_EHD.shape[1]] * len(heads))
            for weight_EHD, bias_EH in zip(towers.hidden.weights, towers.hidden.biases, strict=True)
        )
        self.relations = towers.relations
        self.last = _Linears(towers.weight_OH, towers.bias_O, [head.num_outputs for head in heads])
        self.heads = nn.ModuleList(cast(Sequence[nn.Module], heads))

    def forward(self, states: Sequence[Tensor]) -> tuple[Tensor, ...]:
        for layers in self.hidden:
            states = [part.relu() for part in layers(states)]
        logits = self.relations.logits(self.last(self.relations.states(states)))
        return tuple(cast(Head, head).predict(logit) for head, logit in zip(self.heads, logits, strict=True))


class Trunk(nn.Module):
    """All that comes after the readers of x.

    Args:
        model: the model.
    """

    def __init__(self, model: MultiTaskModel) -> None:
        super().__init__()
        first, *upper = cast(Iterable[FusionLevel], model.network.levels)
        self.reader_names = [reader.name for reader in input_readers(model.network)]
        self.experts, self.mix = _Experts(first), _Mix(first)
        self.upper = nn.ModuleList(_UpperLevel(level, number) for number, level in enumerate(upper, 2))
        self.towers = _Towers(model.towers, model.heads)

    def forward(self, shares: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Predictions on the labels' scale, [B] or [B, C] per task, of the summed shares [B, P] of each reader."""
        share = dict(zip(self.reader_names, shares, strict=True))
        states = self.mix(self.experts([share["experts 1"]]), share.get("gate 1"))
        for number, level in enumerate(self.upper, 2):
            states = level(states, share.get(f"gate {number}"))
        predictions: tuple[Tensor, ...] = self.towers(states)
        return predictions


class WholeGraph(nn.Module):
    """All features to predictions.

    Args:
        model: the model.
        inputs: its features.
    """

    def __init__(self, model: MultiTaskModel, inputs: GraphInputs) -> None:
        super().__init__()
        self.model, self.inputs = model, inputs
        width = model.network.input_dim
        self.share = Share(model.network, [(0, width)], for_units=model.for_units, bias=True)
        self.trunk = Trunk(model)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Predictions on the labels' scale, one a task."""
        batch = whole_batch(self.inputs, inputs)
        predictions: tuple[Tensor, ...] = self.trunk(self.share(self.model.network_input(batch)))
        return predictions


class ShareGraph(nn.Module):
    """Some features to their shares.

    Args:
        model: the model.
        inputs: the features.
        runs: columns of x that come from them.
        bias: whether the biases are in this share.
    """

    def __init__(
        self, model: MultiTaskModel, inputs: GraphInputs, runs: Sequence[tuple[int, int]], *, bias: bool
    ) -> None:
        super().__init__()
        self.model, self.inputs = model, inputs
        self.share = Share(model.network, runs, for_units=model.for_units, bias=bias)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The share [B, P] of each reader."""
        batch = whole_batch(self.inputs, inputs)
        shares: tuple[Tensor, ...] = self.share(self.model.network_input(batch))
        return shares


class CandidatesGraph(nn.Module):
    """A request's shares and the item shares of a catalogue to predictions for some of its items.

    Args:
        model: the model.
    """

    def __init__(self, model: MultiTaskModel) -> None:
        super().__init__()
        self.trunk = Trunk(model)

    def forward(self, request: Sequence[Tensor], items: Sequence[Tensor], row_B: Tensor) -> tuple[Tensor, ...]:
        """Predictions for the rows row_B of the catalogue.

        Args:
            request: per reader [1, P].
            items: per reader [I, P], I items.
            row_B: int64.
        """
        shares = [one + many.index_select(0, row_B) for one, many in zip(request, items, strict=True)]
        predictions: tuple[Tensor, ...] = self.trunk(shares)
        return predictions
