"""The balance of gates against the coefficient of variation computed plainly."""

from collections.abc import Sequence
from typing import cast

import pytest
import torch
from torch import Tensor

from model.cases import build, inputs, small
from taskfusion.model import rows
from taskfusion.model.fusion.gate import SoftmaxGate
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.fusion.network import FusionNetwork
from taskfusion.train.gate_balance import GateBalance


def plainly(network: FusionNetwork, x: Tensor) -> Tensor:
    """Mean over units with a choice of (standard deviation / mean)^2 of the mean weights of the experts they see."""
    found = []
    for level, weights in zip(network.levels, network.fusion_weights(x), strict=True):
        for unit, row in enumerate(cast(FusionLevel, level).plan.visible):
            means = torch.stack([weights.gate[:, unit, e].mean() for e, see in enumerate(row) if see])
            if len(means) > 1:
                found.append((means.std(correction=0) / means.mean()).square())
    return torch.stack(found).mean()


@pytest.mark.parametrize("variant", ["adatt", "adatt-sp", "ple", "cgc", "stem", "ml-mmoe", "mmoe", "own-only"])
@pytest.mark.parametrize("pieces", [1, 3])
def test_it_is_the_squared_coefficient_of_variation(variant: str, pieces: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case = small(variant)
    network, x = build(case), inputs(case, 12)
    expected = plainly(network, x)
    if pieces > 1:
        monkeypatch.setattr(rows, "BLOCK_BYTES", 4 * network.widest_level * 8)
    balance = GateBalance(network, 0.5)
    network(x)
    found = balance()
    torch.testing.assert_close(found.double(), 0.5 * expected, rtol=1e-5, atol=1e-6)
    ours = torch.autograd.grad(found, list(network.parameters()), allow_unused=True)
    theirs = torch.autograd.grad(0.5 * expected, list(network.parameters()), allow_unused=True)
    for one, other in zip(ours, theirs, strict=True):
        if other is not None and other.any():
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("weights", "expected"), [([1.0, 1, 1], 0.0), ([1.0, 0, 0], 2.0), ([1.0, 1, 0], 0.5)])
def test_from_alike_to_collapsed(weights: Sequence[float], expected: float) -> None:
    gate = SoftmaxGate([[True] * 3, [False, True, False]], 2)
    with torch.no_grad():
        gate.weight_GD.zero_()
        gate.bias_G[:3] = torch.tensor(weights).log().clamp(min=-50)
    balance = GateBalance(gate, 1.0)
    gate(torch.randn(7, 2))
    assert balance().item() == pytest.approx(expected, abs=1e-5)


def test_what_is_read_once_or_in_evaluation_does_not_count() -> None:
    case = small("adatt")
    network, x = build(case), inputs(case, 4)
    balance = GateBalance(network, 1.0)
    network.eval()(x)
    assert balance().item() == 0
    network.train()(x)
    assert balance().item() > 0
    assert balance().item() == 0


def test_gates_without_a_choice_cost_nothing() -> None:
    network = build(small("shared-bottom"))
    balance = GateBalance(network, 1.0)
    network(inputs(small("shared-bottom"), 3))
    assert balance().item() == 0
