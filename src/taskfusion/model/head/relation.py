"""Relations between tasks whose outcomes follow from each other: from tower to tower, and from logit to logit.

Axes: B rows, T tasks, C outputs of one task, H width of a tower's last hidden layer.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Final

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class RelationPlan:
    """A relation as data.

    Attributes:
        kind: esmm, aitm or dbmtl.
        source: place of the task whose outcome comes first.
        target: place of the task whose outcome depends on it.
    """

    kind: str
    source: int
    target: int


class AdaptiveTransfer(nn.Module):
    """The AIT module (Xi et al., Modeling the Sequential Dependence among Audience Multi-step Conversions with
    Multi-task Learning in Targeted Display Advertising, KDD 2021, section 3.2): with p = relu(g(source)), the target's
    state is the sum over u in {p, own} of softmax_u(<h2(u), h3(u)> / sqrt(H)) * h1(u).

    Args:
        dim: H.
        num_sources: 1.
    """

    def __init__(self, dim: int, num_sources: int) -> None:
        super().__init__()
        if num_sources != 1:
            raise ValueError(f"aitm has one source per target, found {num_sources}")
        self.passes = nn.Linear(dim, dim)
        self.value, self.key, self.query = (nn.Linear(dim, dim) for _ in range(3))
        self.scale = 1 / math.sqrt(dim)

    def forward(self, own_BH: Tensor, sources: Sequence[Tensor]) -> Tensor:
        """The target's state [B, H] of its own and its source's [B, H]."""
        both_B2H = torch.stack([self.passes(sources[0]).relu(), own_BH], dim=1)
        score_B2 = (self.key(both_B2H) * self.query(both_B2H)).sum(-1) * self.scale
        state_BH: Tensor = (score_B2.softmax(1).unsqueeze(2) * self.value(both_B2H)).sum(1)
        return state_BH


class BayesianTransfer(nn.Module):
    """The Bayesian layer of DBMTL (Wang et al., Deep Bayesian Multi-Target Learning for Recommender Systems, 2019): the
    target's state is relu(W [own; sources] + b), one layer over the states of the tasks that it depends on.

    Args:
        dim: H.
        num_sources: tasks that the target depends on.
    """

    def __init__(self, dim: int, num_sources: int) -> None:
        super().__init__()
        self.layer = nn.Linear(dim * (1 + num_sources), dim)

    def forward(self, own_BH: Tensor, sources: Sequence[Tensor]) -> Tensor:
        """The target's state [B, H] of its own and its sources' [B, H]."""
        state_BH: Tensor = self.layer(torch.cat([own_BH, *sources], dim=1)).relu()
        return state_BH


TRANSFERS: Final[Mapping[str, Callable[[int, int], nn.Module]]] = {
    "aitm": AdaptiveTransfer,
    "dbmtl": BayesianTransfer,
}
"""From H and a number of sources to what makes the target's state."""


def product_logit(source_BC: Tensor, target_BC: Tensor) -> Tensor:
    """The logit of sigmoid(source) * sigmoid(target), exact for probabilities near 0 and 1 too.

    For s and t, 1 / p - 1 = e^-s + e^-t + e^-(s + t).
    """
    terms = torch.stack([-source_BC, -target_BC, -source_BC - target_BC])
    return -torch.logsumexp(terms, dim=0)


class TaskRelations(nn.Module):
    """All relations of a model.

    esmm (Ma et al., Entire Space Multi-Task Model, SIGIR 2018): the target's tower gives pCVR, and its prediction is
    pCTCVR = pCTR * pCVR, whose logit takes the place of the tower's. The loss is then that of clicks and of clicks with
    conversion over all rows (equation 3). A source that is itself a target passes its product on.

    Args:
        plans: without a cycle.
        dim: H.
    """

    def __init__(self, plans: Sequence[RelationPlan], dim: int) -> None:
        super().__init__()
        by_target = _by_target(plan for plan in plans if plan.kind in TRANSFERS)
        self.transfers = [(target, [plan.source for plan in found]) for target, found in by_target]
        self.transfer_modules = nn.ModuleList(TRANSFERS[found[0].kind](dim, len(found)) for _, found in by_target)
        products = _by_target(plan for plan in plans if plan.kind == "esmm")
        self.products = [(plan.source, target) for target, found in products for plan in found]

    def states(self, states: Sequence[Tensor]) -> list[Tensor]:
        """The T states [B, H] of the towers after what they pass on; sources go first."""
        found = list(states)
        for (target, sources), transfer in zip(self.transfers, self.transfer_modules, strict=True):
            found[target] = transfer(found[target], [found[source] for source in sources])
        return found

    def logits(self, logits: Sequence[Tensor]) -> list[Tensor]:
        """The logits [B, C] of T tasks, those of products put together; sources go first."""
        found = list(logits)
        for source, target in self.products:
            found[target] = product_logit(found[source], found[target])
        return found


def _by_target(plans: Iterable[RelationPlan]) -> list[tuple[int, list[RelationPlan]]]:
    """The relations of every target, a target after the targets that it depends on."""
    found: dict[int, list[RelationPlan]] = {}
    for plan in plans:
        found.setdefault(plan.target, []).append(plan)
    order = TopologicalSorter({target: [plan.source for plan in of_it] for target, of_it in found.items()})
    return [(target, found[target]) for target in order.static_order() if target in found]
