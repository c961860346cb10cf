"""What a network of five levels passes on when it starts."""

from typing import cast, get_args

import pytest
import torch
from torch import Tensor

from model.cases import ALL_VARIANTS, UNIT_VARIANTS
from taskfusion.base.errors import ExperimentError
from taskfusion.config.network import NetworkConfig
from taskfusion.model.fusion.init import INITS
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.fusion.network import FusionNetwork, build_network
from taskfusion.variants.plan import GateSettings

WIDTH = 48


def network_of(
    variant: str, init: str, experts: int = 2, levels: int = 5, own_share: float | None = None
) -> FusionNetwork:
    torch.manual_seed(1)
    return build_network(
        variant,
        input_dim=WIDTH,
        num_tasks=3,
        level_dims=[[WIDTH]] * levels,
        task_experts=experts,
        shared_experts=experts,
        num_experts=3 * experts,
        gate=GateSettings(dropout=0.3, own_share=own_share),
        init=init,
    ).eval()


def rows(scale: float = 1.0) -> Tensor:
    return scale * torch.randn(512, WIDTH, generator=torch.Generator().manual_seed(7))


def deviation(state_BTH: Tensor) -> float:
    """Root mean variance over rows."""
    return state_BTH.var(0).mean().sqrt().item()


def gradients(network: FusionNetwork) -> tuple[float, float, float]:
    """Norms of the gradient by x, by the first layers of the lowest level's experts, and by the highest's."""
    x = rows().requires_grad_()
    states = network(x)
    pull = torch.randn(states.shape, generator=torch.Generator().manual_seed(8)) / states.numel() ** 0.5
    levels = [cast(FusionLevel, level) for level in network.levels]
    read = [x, levels[0].experts.weights[0], levels[-1].experts.weights[0]]
    by_x, by_first, by_last = (slope.norm().item() for slope in torch.autograd.grad((states * pull).sum(), read))
    return by_x, by_first, by_last


@pytest.mark.parametrize("own_share", [None, 0.9])
@pytest.mark.parametrize("experts", [1, 3])
@pytest.mark.parametrize("variant", ALL_VARIANTS)
def test_five_levels_pass_on_signals_and_gradients(variant: str, experts: int, own_share: float | None) -> None:
    network = network_of(variant, "unit-variance", experts, own_share=own_share)
    assert deviation(network(rows())) == pytest.approx(1.0, abs=0.25)
    by_x, by_first, by_last = gradients(network)
    assert 0.2 < by_x < 5.0
    assert 0.05 < by_first / by_last < 5.0


@pytest.mark.parametrize("variant", ["adatt", "ple", "ml-mmoe", "cross-stitch", "stem"])
def test_five_levels_that_start_as_linear_layers_hardly_pass_anything(variant: str) -> None:
    """Why there is another start."""
    assert deviation(network_of(variant, "linear")(rows())) < 0.02


@pytest.mark.parametrize("variant", ["shared-bottom", "own-only"])
def test_an_input_of_another_scale_keeps_it(variant: str) -> None:
    network = network_of(variant, "unit-variance", experts=1)
    torch.testing.assert_close(network(rows(0.05)), 0.05 * network(rows()), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("variant", UNIT_VARIANTS)
def test_gates_and_residuals_start_as_ever(variant: str) -> None:
    one, other = (dict(network_of(variant, init).named_parameters()) for init in INITS)
    differ = {name for name in one if not torch.equal(one[name], other[name])}
    assert differ == {name for name in one if ".experts." in name}


def test_experts_that_are_dead_stay_finite() -> None:
    for seed in range(20):
        torch.manual_seed(seed)
        network = build_network("adatt-sp", input_dim=1, num_tasks=2, level_dims=[[1]] * 5, init="unit-variance")
        assert all(parameter.isfinite().all() for parameter in network.parameters())


def test_a_start_that_is_not_known_is_named() -> None:
    assert set(INITS) == set(get_args(NetworkConfig.model_fields["init"].annotation))
    with pytest.raises(ExperimentError, match=r"unit-variance.*'he'"):
        network_of("adatt", "he")
