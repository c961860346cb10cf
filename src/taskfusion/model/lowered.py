"""Building blocks of lowered models: the form in which a model is scored.

What a runtime does well is one product of two matrices with the activation fused to it, so that nothing is transposed
and weights are packed once. A lowered module therefore holds one plain linear layer per group of outputs that read the
same state. Every module of a model gives its own lowered form, beside its training form.

All that reads the network's input x is linear in x before the first activation, so W x = W_a x_a + W_b x_b for any two
parts of x's columns. Such a sum is a share; lowered fusion levels go on from the shares.

Axes: B rows, D width of a state or of x, P outputs of a reader.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

Module = TypeVar("Module", bound=nn.Module)


def twin(module: Module) -> Module:
    """Another module of the same parts; what is assigned to one leaves the other as it is."""
    found = module.__new__(type(module))
    found.__dict__ = {**module.__dict__}
    for kind in ("_parameters", "_buffers", "_modules"):
        found.__dict__[kind] = {**module.__dict__[kind]}
    return found


@dataclass(frozen=True)
class Reader:
    """A linear map that a fusion level takes of its states or of x.

    Attributes:
        weight_PD: its weights.
        bias_P: its biases.
        sizes: per state, the number of outputs that read it; neighbouring ones.
        adds_shared: whether it reads each state plus the shared unit's, the last.
    """

    weight_PD: Tensor
    bias_P: Tensor
    sizes: tuple[int, ...]
    adds_shared: bool = False


class Linears(nn.Module):
    """One layer per state that something reads: neighbouring outputs, so many of each state.

    Args:
        weight_PD: weights of all outputs.
        bias_P: their biases; None: there are none.
        sizes: per state, the number of outputs that read it.
    """

    def __init__(self, weight_PD: Tensor, bias_P: Tensor | None, sizes: Sequence[int]) -> None:
        super().__init__()
        weights = weight_PD.split(list(sizes))
        biases = [None] * len(sizes) if bias_P is None else bias_P.split(list(sizes))
        self.reads = [state for state, size in enumerate(sizes) if size]
        self.layers = nn.ModuleList(_linear(weights[state], biases[state]) for state in self.reads)

    def forward(self, states: Sequence[Tensor], start_1P: Tensor | None = None) -> list[Tensor]:
        """Per layer its outputs [B, P] of the states [B, D].

        Args:
            states: what is read.
            start_1P: what is added to the outputs of all layers, in the place of biases; None: nothing.
        """
        if start_1P is None:
            return [layer(states[state]) for state, layer in zip(self.reads, self.layers, strict=True)]
        layers = list(cast(Iterable[nn.Linear], self.layers))
        starts = start_1P.split([layer.out_features for layer in layers], dim=1)
        found = zip(starts, self.reads, layers, strict=True)
        return [torch.addmm(start, states[state], layer.weight.t()) for start, state, layer in found]


def _linear(weight_PD: Tensor, bias_P: Tensor | None) -> nn.Linear:
    layer = nn.Linear(weight_PD.shape[1], weight_PD.shape[0], bias=bias_P is not None, device="meta")
    layer.weight = nn.Parameter(weight_PD.detach().contiguous(), requires_grad=False)
    if bias_P is not None:
        layer.bias = nn.Parameter(bias_P.detach().contiguous(), requires_grad=False)
    return layer


def joined(parts: Sequence[Tensor]) -> Tensor:
    """Parts [B, P_i] side by side."""
    return torch.cat(list(parts), dim=1) if len(parts) > 1 else parts[0]


def with_last(states: Sequence[Tensor]) -> list[Tensor]:
    """Every state plus the last, the shared unit's."""
    return [state + states[-1] for state in states]


class ReadsStates(nn.Module):
    """A reader of the states below.

    Args:
        reader: what it reads.
    """

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.adds_shared = reader.adds_shared
        self.linears = Linears(reader.weight_PD, reader.bias_P, reader.sizes)

    def forward(self, shares: Sequence[Tensor], states: Sequence[Tensor]) -> list[Tensor]:
        """Per state that is read its outputs [B, P]."""
        outputs: list[Tensor] = self.linears(with_last(states) if self.adds_shared else states)
        return outputs


class ReadsInput(nn.Module):
    """A reader of x, whose share is summed outside the levels.

    Args:
        index: of its share.
    """

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index

    def forward(self, shares: Sequence[Tensor], states: Sequence[Tensor]) -> list[Tensor]:
        """All its outputs [B, P], as one."""
        return [shares[self.index]]


class InputReaders:
    """The readers of x in a network that is being lowered.

    Args:
        width: of x; None: as wide as what is read.

    Attributes:
        by_name: in the order of their shares.
    """

    def __init__(self, width: int | None = None) -> None:
        self.width = width
        self.by_name: dict[str, Reader] = {}

    def add(self, name: str, reader: Reader, start: int = 0) -> ReadsInput:
        """Give a reader of some columns of x, from start on, the next share."""
        stop = start + reader.weight_PD.shape[1]
        after = 0 if self.width is None else self.width - stop
        self.by_name[name] = replace(reader, weight_PD=functional.pad(reader.weight_PD, (start, after)))
        return ReadsInput(len(self.by_name) - 1)
