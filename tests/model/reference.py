"""The papers' equations read plainly: loops over units and experts, one nn.functional.linear each, no batching.

Nothing here imports the model package. The weights are read out of a built network by the layout of its parameters:

- levels.L.experts.weights.K [E, H, D] and levels.L.experts.biases.K [E, H]: layer K of all experts, in the order of
  their owners, the shared unit's last;
- levels.L.gate.weight_GD [G, D] and levels.L.gate.bias_G [G]: one row for each expert that a unit sees, unit by unit;
- levels.L.gate.weight_G [G]: the same for a gate that is a matrix (cross-stitch);
- levels.L.native.native_weight [N]: one number for each native expert, unit by unit;
- levels.L.mask.hidden.weight_UDH [T, D, H], .bias_UH [T, H] and levels.L.mask.last.*: the two layers of a task's mask.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from model.cases import Case, Expert, Unit

MASK = ("hidden", "last")


@dataclass
class SplitTables:
    """The weights of a network under the names of the equations."""

    expert: dict[tuple[int, Expert], list[tuple[Tensor, Tensor]]] = field(default_factory=dict)
    gate: dict[tuple[int, Unit, Expert], tuple[Tensor, Tensor]] = field(default_factory=dict)
    stitch: dict[tuple[int, Unit, Expert], Tensor] = field(default_factory=dict)
    native: dict[tuple[int, Expert], Tensor] = field(default_factory=dict)
    mask: dict[tuple[int, int], list[tuple[Tensor, Tensor]]] = field(default_factory=dict)


def split(case: Case, weights: Mapping[str, Tensor]) -> SplitTables:
    """Views of a network's parameters, named as in the equations."""
    parts = SplitTables()
    for level in range(case.num_levels):
        mine = f"levels.{level}"
        for e, expert in enumerate(case.experts):
            parts.expert[level, expert] = [
                (weights[f"{mine}.experts.weights.{k}"][e], weights[f"{mine}.experts.biases.{k}"][e])
                for k in range(len(case.layers[level]))
            ]
        edges = [(level, unit, expert) for unit in case.units(level) for expert in case.sees(level, unit)]
        if case.variant == "cross-stitch":
            parts.stitch |= {edge: weights[f"{mine}.gate.weight_G"][g] for g, edge in enumerate(edges)}
        elif case.variant == "mtan":
            layers = [(weights[f"{mine}.mask.{n}.weight_UDH"], weights[f"{mine}.mask.{n}.bias_UH"]) for n in MASK]
            parts.mask |= {(level, t): [(w[t].T, b[t]) for w, b in layers] for t in range(case.num_tasks)}
        elif case.variant != "shared-bottom":
            weight_GD, bias_G = weights[f"{mine}.gate.weight_GD"], weights[f"{mine}.gate.bias_G"]
            parts.gate |= {edge: (weight_GD[g], bias_G[g]) for g, edge in enumerate(edges)}
        if case.native_is_learned:
            own = [expert for unit in case.units(level) for expert in case.experts if expert[0] == unit]
            parts.native |= {
                (level, expert): weights[f"{mine}.native.native_weight"][n] for n, expert in enumerate(own)
            }
    return parts


def run_expert(layers: Sequence[tuple[Tensor, Tensor]], state: Tensor) -> Tensor:
    """e(f): linear, ReLU, linear, ReLU ..."""
    for weight, bias in layers:
        state = functional.linear(state, weight, bias).relu()
    return state


def softmax_gate(
    parts: SplitTables, level: int, unit: Unit, sees: Sequence[Expert], source: Tensor
) -> dict[Expert, Tensor]:
    """g = softmax(W f + b), each weight [B, 1]."""
    logits = []
    for expert in sees:
        weight, bias = parts.gate[level, unit, expert]
        logits.append(functional.linear(source, weight.unsqueeze(0), bias.unsqueeze(0)))
    powers = [(logit - torch.cat(logits, 1).amax(1, keepdim=True).detach()).exp() for logit in logits]
    total = sum(powers, torch.zeros_like(powers[0]))
    return {expert: power / total for expert, power in zip(sees, powers, strict=True)}


def mixed(weights: Mapping[Expert, Tensor], outputs: Mapping[Expert, Tensor]) -> Tensor:
    """The sum over experts of weight times output."""
    terms = [weight * outputs[expert] for expert, weight in weights.items()]
    return sum(terms, torch.zeros_like(terms[0]))


def native_part(case: Case, parts: SplitTables, level: int, unit: Unit, outputs: Mapping[Expert, Tensor]) -> Tensor:
    """NativeExpertLF (AdaTT, eq. 8): v . E_t, and E_t itself where every unit has one expert."""
    if not case.native_is_learned:
        return outputs[unit, 0]
    return mixed({expert: parts.native[level, expert] for expert in case.experts if expert[0] == unit}, outputs)


def fusion_units(case: Case, parts: SplitTables, inputs: Mapping[Unit, Tensor]) -> dict[Unit, Tensor]:
    """AdaTT eq. 5-11, PLE and CGC (eq. 1-5 there): experts and gate of a unit read the unit's own state."""
    state = dict(inputs)
    for level in range(case.num_levels):
        outputs = {expert: run_expert(parts.expert[level, expert], state[expert[0]]) for expert in case.experts}
        fused = {}
        for unit in case.units(level):
            gate = softmax_gate(parts, level, unit, case.sees(level, unit), state[unit])
            fused[unit] = mixed(gate, outputs)
            if case.has_native:
                fused[unit] = fused[unit] + native_part(case, parts, level, unit, outputs)
        state = fused
    return state


def stem_units(case: Case, parts: SplitTables, inputs: Mapping[Unit, Tensor]) -> dict[Unit, Tensor]:
    """STEM: a gate reads its task's and the shared embeddings and sees all experts; other tasks' experts
    are taken as constants, those of units of several tasks are not. Above one level the same rule holds for the states.
    """
    state = dict(inputs)
    for level in range(case.num_levels):
        outputs = {expert: run_expert(parts.expert[level, expert], state[expert[0]]) for expert in case.experts}
        fused = {}
        for unit in case.units(level):
            source = state[unit] + state["shared"]
            gate = softmax_gate(parts, level, unit, case.sees(level, unit), source)
            taken = {
                expert: output if expert[0] == unit or isinstance(expert[0], str) else output.detach()
                for expert, output in outputs.items()
            }
            fused[unit] = mixed(gate, taken)
            if case.has_native:
                fused[unit] = fused[unit] + native_part(case, parts, level, unit, taken)
        state = fused
    return state


def mixture_of_experts(case: Case, parts: SplitTables, inputs: Mapping[Unit, Tensor]) -> dict[Unit, Tensor]:
    """MMoE, and ML-MMoE: gates read the raw input at every level."""
    x = inputs[0]
    state: dict[Unit, Tensor] = dict.fromkeys(case.counts, x)
    for level in range(case.num_levels):
        outputs = {expert: run_expert(parts.expert[level, expert], state[expert[0]]) for expert in case.experts}
        state = {unit: mixed(softmax_gate(parts, level, unit, case.experts, x), outputs) for unit in case.units(level)}
    return state


def cross_stitch(case: Case, parts: SplitTables, inputs: Mapping[Unit, Tensor]) -> dict[Unit, Tensor]:
    """Cross-stitch: x'_t = sum_s alpha_ts x_s."""
    state = dict(inputs)
    for level in range(case.num_levels):
        outputs = {expert: run_expert(parts.expert[level, expert], state[expert[0]]) for expert in case.experts}
        state = {
            unit: mixed({expert: parts.stitch[level, unit, expert] for expert in case.sees(level, unit)}, outputs)
            for unit in case.units(level)
        }
    return state


def run_mask(parts: SplitTables, level: int, task: int, shared: Tensor, own: Tensor) -> Tensor:
    """a = h(g([u; f])): linear, ReLU, linear, sigmoid; the first block has no f."""
    (weight, bias), (last_weight, last_bias) = parts.mask[level, task]
    source = torch.cat([shared, own], 1) if level else shared
    return torch.sigmoid(functional.linear(functional.linear(source, weight, bias).relu(), last_weight, last_bias))


def mtan(case: Case, parts: SplitTables, inputs: Mapping[Unit, Tensor]) -> dict[Unit, Tensor]:
    """MTAN, section 3: of a block's shared features each task takes its own part, by an attention that reads these
    features beside what the task took from the block before; the next block reads the shared features whole.
    """
    shared, state = inputs["shared"], dict(inputs)
    for level in range(case.num_levels):
        shared = run_expert(parts.expert[level, ("shared", 0)], shared)
        state = {task: shared * run_mask(parts, level, task, shared, state[task]) for task in range(case.num_tasks)}
    return state


def shared_bottom(case: Case, parts: SplitTables, inputs: Mapping[Unit, Tensor]) -> dict[Unit, Tensor]:
    """One network for all tasks."""
    state = inputs[0]
    for level in range(case.num_levels):
        state = run_expert(parts.expert[level, (0, 0)], state)
    return dict.fromkeys(range(case.num_tasks), state)


EQUATIONS: dict[str, Callable[[Case, SplitTables, Mapping[Unit, Tensor]], dict[Unit, Tensor]]] = {
    "adatt": fusion_units,
    "adatt-sp": fusion_units,
    "own-only": fusion_units,
    "ple": fusion_units,
    "cgc": fusion_units,
    "stem": stem_units,
    "ml-mmoe": mixture_of_experts,
    "mmoe": mixture_of_experts,
    "cross-stitch": cross_stitch,
    "mtan": mtan,
    "shared-bottom": shared_bottom,
}


def expected_states(case: Case, weights: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """The states [B, T, H] of a network with these weights, for x [B, D] or [B, U, D]."""
    units = list(dict.fromkeys([*case.counts, *range(case.num_tasks)]))
    inputs = {unit: x if x.dim() == 2 else x[:, u] for u, unit in enumerate(units)}
    states = EQUATIONS[case.variant](case, split(case, weights), inputs)
    return torch.stack([states[task] for task in range(case.num_tasks)], dim=1)
