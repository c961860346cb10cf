"""All experts of a level as one bank of weights and a handful of large matrix products.

Axes: B rows, U states, E experts, D input width, H expert width.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


def uniform_like_linear(*shape: int, fan_in: int) -> nn.Parameter:
    """A parameter that starts as nn.Linear of that input width starts its weight and bias."""
    bound = 1.0 / math.sqrt(fan_in)
    return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))


class ExpertBank(nn.Module):
    """E multi-layer perceptrons, ReLU after every layer (AdaTT, section 3.1).

    Args:
        experts_per_state: per state the number of experts that read it; experts stand in the order of their states.
        input_dim: D, the width of a state.
        layer_dims: widths of the layers; the last is H. Without layers an expert passes on the state that it reads.
    """

    def __init__(self, experts_per_state: Sequence[int], input_dim: int, layer_dims: Sequence[int]) -> None:
        super().__init__()
        self.num_experts = sum(experts_per_state)
        dims = [input_dim, *layer_dims]
        pairs = list(pairwise(dims))
        self.weights = nn.ParameterList(uniform_like_linear(self.num_experts, h, d, fan_in=d) for d, h in pairs)
        self.biases = nn.ParameterList(uniform_like_linear(self.num_experts, h, fan_in=d) for d, h in pairs)
        reads = [state for state, count in enumerate(experts_per_state) for _ in range(count)]
        self.register_buffer("reads_E", torch.tensor(reads, dtype=torch.long), persistent=False)
        self.same_for_all = experts_per_state[0] if len(set(experts_per_state)) == 1 else None

    reads_E: Tensor

    def forward(self, state: Tensor) -> Tensor:
        """Run all experts.

        Args:
            state: [B, D], read by all experts, or [B, U, D], one state a unit.

        Returns:
            Expert outputs [B, E, H].
        """
        if not len(self.weights):
            by_unit = state if state.dim() == 3 else state.unsqueeze(1)
            return by_unit.index_select(1, self.reads_E)
        hidden_BEH = self._first_layer(state)
        for weight_EHD, bias_EH in zip(list(self.weights)[1:], list(self.biases)[1:], strict=True):
            hidden_BEH = _linear_by_state(hidden_BEH, weight_EHD, bias_EH).relu_().transpose(0, 1)
        return hidden_BEH

    def _first_layer(self, state: Tensor) -> Tensor:
        """Returns [B, E, H]: one product where the state is shared, one batched product over states else."""
        weight_EHD, bias_EH = self.weights[0], self.biases[0]
        num_experts, width, dim = weight_EHD.shape
        if state.dim() == 2:
            flat = functional.linear(state, weight_EHD.view(-1, dim), bias_EH.view(-1)).relu_()
            return flat.view(-1, num_experts, width)
        if self.same_for_all is None:
            state_BED = state.index_select(1, self.reads_E)
            return _linear_by_state(state_BED, weight_EHD, bias_EH).relu_().transpose(0, 1)
        num_states = num_experts // self.same_for_all
        weight_SKD, bias_SK = weight_EHD.view(num_states, -1, dim), bias_EH.view(num_states, -1)
        flat_SBK = _linear_by_state(state, weight_SKD, bias_SK)
        # ReLU after the copy that reshape makes, so that the copy alone is kept for the backward pass.
        return flat_SBK.transpose(0, 1).reshape(-1, num_experts, width).relu()


def _linear_by_state(state_BSD: Tensor, weight_SHD: Tensor, bias_SH: Tensor) -> Tensor:
    """A linear map of every state with weights of its own, [S, B, H], as one batched product."""
    return torch.baddbmm(bias_SH.unsqueeze(1), state_BSD.transpose(0, 1), weight_SHD.transpose(1, 2))
