"""The weights of a trained model for one whose gates see fewer experts, without training.

A softmax gate over fewer edges is the old one with logits of minus infinity at those that are gone: the weights of the
others are scaled up to a sum of 1. A matrix keeps its other numbers.

Axes: G visible edges.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from taskfusion.model.fusion.gate import Gate


def with_fewer_edges(before: nn.Module, after: nn.Module) -> Mapping[str, Tensor]:
    """The state of a model, of the weights of another that differs in visible edges alone.

    Args:
        before: holds the weights.
        after: the same model, whose gates see some of the edges that those of before see; it is not changed.

    Returns:
        What load_state_dict of after takes; tensors of before where nothing is left out.

    Raises:
        ValueError: after sees an edge that before does not see, or has other gates.
    """
    learned, names = before.state_dict(), after.state_dict().keys()
    if not names <= learned.keys():
        raise ValueError(f"the models should have the same parts, but only one has {min(names - learned.keys())}")
    state = {name: learned[name] for name in names}
    gates = {name: gate for name, gate in before.named_modules() if isinstance(gate, Gate)}
    fewer = {name: gate for name, gate in after.named_modules() if isinstance(gate, Gate)}
    if gates.keys() != fewer.keys():
        raise ValueError("the models should have the same gates")
    for name, gate in fewer.items():
        edge_G = gates[name].edge_G.cpu()
        kept_G = torch.isin(edge_G, gate.edge_G.cpu())
        if int(kept_G.sum()) != len(gate.edge_G):
            raise ValueError(f"{name} should see edges alone that it saw before")
        for parameter, value in gates[name].named_parameters(recurse=False):
            state[f"{name}.{parameter}"] = value.detach()[kept_G.to(value.device)]
    return state


def edges_lost(before: nn.Module, after: nn.Module) -> int:
    """Number of edges, over all gates, that one model has and the other has not."""
    return sum(
        sum(len(gate.edge_G) for gate in model.modules() if isinstance(gate, Gate)) * sign
        for model, sign in ((before, 1), (after, -1))
    )
