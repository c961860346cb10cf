"""Conductance against Captum, and what must hold without it: contributions sum up to the change of the outputs."""

import pytest
import torch
from torch import Tensor, nn

from explain.test_fusion import batch_of, model_of
from taskfusion.explain.conductance import TOLERANCE, conductances, contributions
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.multitask import MultiTaskModel


class Trunk(nn.Module):
    """What Captum looks at: from the network's input to the outputs of the towers."""

    def __init__(self, model: MultiTaskModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        return self.model.trunk(x)


@pytest.mark.parametrize("variant", ["adatt", "ple", "ml-mmoe", "cross-stitch"])
def test_experts_have_the_conductance_that_captum_gives(variant: str) -> None:
    attr = pytest.importorskip("captum.attr")
    model, x = model_of(variant, 3), model_of(variant, 3).network_input(batch_of(6)).detach()
    baseline = x.mean(0)
    direction_TBO = torch.eye(3).unsqueeze(1).expand(3, 6, 3)
    ours = conductances(model, x, baseline, direction_TBO, steps=600)
    for number, level in enumerate(model.network.levels):
        assert isinstance(level, FusionLevel)
        captum = attr.LayerConductance(Trunk(model), level.experts)
        for task in range(3):
            expected = captum.attribute(
                x,
                baseline.expand_as(x),
                target=task,
                n_steps=600,
                method="riemann_trapezoid",
                internal_batch_size=None,
            )
            torch.testing.assert_close(ours[task][number].experts_BE, expected.sum(2), atol=2e-3, rtol=2e-2)


@pytest.mark.parametrize(
    ("variant", "fusion"),
    [(name, False) for name in ("adatt", "adatt-sp", "ple", "stem", "mmoe", "ml-mmoe", "cross-stitch")]
    + [("ple", True), ("stem", True)],
)
def test_contributions_of_a_level_sum_up_to_the_change_of_the_outputs(variant: str, fusion: bool) -> None:
    model = model_of(variant, 3, fusion=fusion)
    x = model.network_input(batch_of(40)).detach()
    found = contributions(model, x, x.mean(0))
    assert found.error <= TOLERANCE
    change_BO = model.trunk(x) - model.trunk(x.mean(0, keepdim=True))
    torch.testing.assert_close(found.change_TB, change_BO.square().T.detach())
    for by_level, change_B in zip(found.levels, found.change_TB, strict=True):
        for one in by_level:
            missing = (one.experts_BE.sum(1) + one.gates_B - change_B).abs().sum() / change_B.sum()
            assert missing <= TOLERANCE


def test_a_row_at_the_baseline_gets_nothing() -> None:
    model = model_of("adatt")
    x = model.network_input(batch_of(4)).detach()
    found = contributions(model, x[:1], x[0])
    assert found.error == 0
    assert float(found.levels[0][0].experts_BE.abs().max()) == 0


def test_an_expert_that_no_path_reaches_contributes_nothing() -> None:
    model = model_of("own-only")
    x = model.network_input(batch_of(8)).detach()
    found = contributions(model, x, x.mean(0))
    assert float(found.levels[0][0].experts_BE[:, 2:].abs().max()) == 0
    assert float(found.levels[0][0].experts_BE[:, :2].abs().max()) > 0
