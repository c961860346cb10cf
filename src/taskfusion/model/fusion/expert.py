"""All experts of a level as one bank of weights and a handful of large matrix products.

Axes: B rows, U states, E experts, D input width, H expert width.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.model.linear import uniform_like_linear
from taskfusion.model.lowered import Linears, Reader, joined
from taskfusion.variants.plan import ExpertOutput

NORM_EPS = 1e-5


class NormalisedSwish(nn.Module):
    """Swish of an expert's numbers, each normalised over the rows of the batch (HoME, Wang et al., 2024).

    Experts so put out numbers of one scale, which gates can weigh, and none is dead. In evaluation, and for a batch of
    one row, means and variances are running ones.

    Args:
        num_experts: E.
        width: H.
    """

    def __init__(self, num_experts: int, width: int) -> None:
        super().__init__()
        self.scale_EH = nn.Parameter(torch.ones(num_experts, width))
        self.shift_EH = nn.Parameter(torch.zeros(num_experts, width))
        self.register_buffer("mean_EH", torch.zeros(num_experts, width))
        self.register_buffer("variance_EH", torch.ones(num_experts, width))

    mean_EH: Tensor
    variance_EH: Tensor

    def forward(self, hidden_BEH: Tensor) -> Tensor:
        """The same numbers normalised, then z * sigmoid(z)."""
        normalised = functional.batch_norm(
            hidden_BEH.flatten(1),
            self.mean_EH.view(-1),
            self.variance_EH.view(-1),
            self.scale_EH.view(-1),
            self.shift_EH.view(-1),
            training=self.training and len(hidden_BEH) > 1,
            eps=NORM_EPS,
        )
        return functional.silu(normalised).view(hidden_BEH.shape)

    def folded(self, weight_EHD: Tensor, bias_EH: Tensor) -> tuple[Tensor, Tensor]:
        """The layer before it with the normalisation of evaluation in it."""
        factor_EH = self.scale_EH / (self.variance_EH + NORM_EPS).sqrt()
        return weight_EHD * factor_EH.unsqueeze(2), (bias_EH - self.mean_EH) * factor_EH + self.shift_EH


class ExpertBank(nn.Module):
    """E multi-layer perceptrons, ReLU after every layer (AdaTT, section 3.1), or another output after the last.

    Args:
        experts_per_state: per state the number of experts that read it; experts stand in the order of their states.
        input_dim: D, the width of a state.
        layer_dims: widths of the layers; the last is H. Without layers an expert passes on the state that it reads.
        output: what is done with the last layer.
    """

    def __init__(
        self,
        experts_per_state: Sequence[int],
        input_dim: int,
        layer_dims: Sequence[int],
        output: ExpertOutput = ExpertOutput.RELU,
    ) -> None:
        super().__init__()
        self.num_experts = sum(experts_per_state)
        dims = [input_dim, *layer_dims]
        pairs = list(pairwise(dims))
        self.weights = nn.ParameterList(uniform_like_linear(self.num_experts, h, d, fan_in=d) for d, h in pairs)
        self.biases = nn.ParameterList(uniform_like_linear(self.num_experts, h, fan_in=d) for d, h in pairs)
        reads = [state for state, count in enumerate(experts_per_state) for _ in range(count)]
        self.register_buffer("reads_E", torch.tensor(reads, dtype=torch.long), persistent=False)
        self.experts_per_state = tuple(experts_per_state)
        self.same_for_all = experts_per_state[0] if len(set(experts_per_state)) == 1 else None
        normalised = output is ExpertOutput.NORMALISED_SWISH and bool(pairs)
        self.output = NormalisedSwish(self.num_experts, dims[-1]) if normalised else None

    reads_E: Tensor

    def lowered(self) -> "LoweredExperts":
        """The form in which the experts are scored; they have layers."""
        (weight_EHD, bias_EH), *rest = self._evaluation_layers()
        sizes = tuple(count * weight_EHD.shape[1] for count in self.experts_per_state)
        last = torch.relu if self.output is None else functional.silu
        reader = Reader(weight_EHD.flatten(0, 1), bias_EH.flatten(), sizes)
        return LoweredExperts(self.num_experts, reader, [_by_expert(*layer) for layer in rest], last)

    def lowered_layers(self) -> list[Linears]:
        """Every layer as one plain linear layer per expert, each of which reads its own state or the layer below."""
        return [_by_expert(*layer) for layer in self._evaluation_layers()]

    def _evaluation_layers(self) -> list[tuple[Tensor, Tensor]]:
        """Weights [E, H, D] and biases [E, H] of the layers in evaluation, any normalisation folded into the last."""
        layers: list[tuple[Tensor, Tensor]] = list(zip(self.weights, self.biases, strict=True))
        return layers if self.output is None else [*layers[:-1], self.output.folded(*layers[-1])]

    def forward(self, state: Tensor) -> Tensor:
        """Run all experts.

        Args:
            state: [B, D], read by all experts, or [B, U, D], one state per unit.

        Returns:
            Expert outputs [B, E, H].
        """
        if not len(self.weights):
            by_unit = state if state.dim() == 3 else state.unsqueeze(1)
            return by_unit.index_select(1, self.reads_E)
        relus = [True] * len(self.weights)
        relus[-1] = self.output is None
        hidden_BEH = self._first_layer(state, relu=relus[0])
        for weight_EHD, bias_EH, relu in list(zip(self.weights, self.biases, relus, strict=True))[1:]:
            hidden_EBH = _linear_by_state(hidden_BEH, weight_EHD, bias_EH)
            hidden_BEH = (hidden_EBH.relu_() if relu else hidden_EBH).transpose(0, 1)
        return hidden_BEH if self.output is None else self.output(hidden_BEH)

    def _first_layer(self, state: Tensor, *, relu: bool) -> Tensor:
        """Returns [B, E, H]: one product where the state is shared, one batched product over states else."""
        weight_EHD, bias_EH = self.weights[0], self.biases[0]
        num_experts, width, dim = weight_EHD.shape
        if state.dim() == 2:
            flat = functional.linear(state, weight_EHD.view(-1, dim), bias_EH.view(-1))
            return (flat.relu_() if relu else flat).view(-1, num_experts, width)
        if self.same_for_all is None:
            state_BED = state.index_select(1, self.reads_E)
            hidden_EBH = _linear_by_state(state_BED, weight_EHD, bias_EH)
            return (hidden_EBH.relu_() if relu else hidden_EBH).transpose(0, 1)
        num_states = num_experts // self.same_for_all
        weight_SKD, bias_SK = weight_EHD.view(num_states, -1, dim), bias_EH.view(num_states, -1)
        flat_SBK = _linear_by_state(state, weight_SKD, bias_SK)
        # ReLU after the copy that reshape makes, so that the copy alone is kept for the backward pass.
        flat = flat_SBK.transpose(0, 1).reshape(-1, num_experts, width)
        return flat.relu() if relu else flat


def _linear_by_state(state_BSD: Tensor, weight_SHD: Tensor, bias_SH: Tensor) -> Tensor:
    """A linear map of every state with weights of its own, [S, B, H], as one batched product."""
    return torch.baddbmm(bias_SH.unsqueeze(1), state_BSD.transpose(0, 1), weight_SHD.transpose(1, 2))


class LoweredExperts(nn.Module):
    """Experts in the form in which they are scored, from the sums of their first layers on.

    Args:
        num_experts: E.
        reader: the first layers; a row of weights per expert and unit of its layer.
        layers: those above.
        last: the activation of the last layer; the others have ReLU.
    """

    def __init__(
        self, num_experts: int, reader: Reader, layers: Sequence[Linears], last: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__()
        self.num_experts, self.reader = num_experts, reader
        self.layers = nn.ModuleList(layers)
        self.activations = (*[torch.relu] * len(layers), last)

    def forward(self, first: Sequence[Tensor]) -> Tensor:
        """Sums of the first layers [B, P_i], side by side those of all experts, to the experts' outputs [B, E, H]."""
        activate, *activations = self.activations
        hidden = joined([activate(part) for part in first])
        for layers, activate in zip(self.layers, activations, strict=True):
            by_expert = hidden.split(hidden.shape[1] // self.num_experts, dim=1)
            hidden = joined([activate(part) for part in layers(by_expert)])
        expert_BEH: Tensor = hidden.unflatten(1, (self.num_experts, -1))
        return expert_BEH


def _by_expert(weight_EHD: Tensor, bias_EH: Tensor) -> Linears:
    return Linears(weight_EHD.flatten(0, 1), bias_EH.flatten(), [weight_EHD.shape[1]] * len(weight_EHD))
