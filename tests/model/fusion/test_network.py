"""Whole fusion networks of every variant against the papers' equations read plainly."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from model.cases import (
    ALL_VARIANTS,
    POOL_VARIANTS,
    UNIT_VARIANTS,
    Case,
    build,
    cases,
    close,
    inputs,
    small,
    weights_of,
)
from model.reference import expected_states, run_expert, run_mask, split
from taskfusion.base.errors import ExperimentError
from taskfusion.model import rows
from taskfusion.model.fusion.network import FusionNetwork, build_network
from taskfusion.variants.plan import ExpertOutput

SOFTMAX_VARIANTS = tuple(name for name in ALL_VARIANTS if name not in ("cross-stitch", "shared-bottom"))


@pytest.mark.parametrize("variant", ALL_VARIANTS)
def test_outputs_and_gradients_equal_the_papers_equations(variant: str) -> None:
    @settings(max_examples=3 * settings().max_examples)
    @given(case=cases(variant), rows=st.integers(1, 5), per_unit=st.booleans(), seed=st.integers(0, 2**16))
    def holds(case: Case, rows: int, per_unit: bool, seed: int) -> None:
        network = build(case, seed)
        x = inputs(case, rows, per_unit=per_unit and variant in UNIT_VARIANTS, seed=seed).requires_grad_()
        found, expected = network(x), expected_states(case, weights_of(network), x)
        assert found.shape == (rows, case.num_tasks, case.layers[-1][-1])
        close(found, expected)

        pull = torch.randn(found.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        leaves = [x, *network.parameters()]
        of_ours = torch.autograd.grad(found, leaves, pull)
        of_theirs = torch.autograd.grad(expected, leaves, pull, materialize_grads=True)
        for one, other in zip(of_ours, of_theirs, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)

    holds()


@pytest.mark.parametrize("variant", ALL_VARIANTS)
@pytest.mark.parametrize("num_levels", [1, 3, 5])
def test_one_task_and_one_row(variant: str, num_levels: int) -> None:
    case = small(variant, task_experts=(2,), level_dims=((4,),) * (num_levels - 1) + ((3,),))
    network, x = build(case), inputs(case, 1)
    assert network(x).shape == (1, 1, 3)
    assert network.output_dim == 3
    close(network(x), expected_states(case, weights_of(network), x))


@pytest.mark.parametrize("variant", ALL_VARIANTS)
def test_rows_do_not_touch_each_other(variant: str) -> None:
    case = small(variant)
    network, x = build(case), inputs(case, 4)
    close(network(x), torch.cat([network(x[row : row + 1]) for row in range(4)]))
    assert network(x[:0]).shape == (0, 3, 3)


@pytest.mark.parametrize("variant", UNIT_VARIANTS)
def test_equal_inputs_per_unit_are_a_shared_input(variant: str) -> None:
    case = small(variant)
    network, x = build(case), inputs(case, 4)
    assert network.num_input_units == len(case.counts)
    close(network(x.unsqueeze(1).expand(-1, len(case.counts), -1)), network(x))
    changed = x.unsqueeze(1).repeat(1, len(case.counts), 1)
    changed[:, 0] += 1.0
    assert (network(changed) - network(x)).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("variant", "per_unit"),
    [(name, False) for name in ALL_VARIANTS] + [(name, True) for name in UNIT_VARIANTS],
)
def test_fusion_weights_are_those_of_the_forward_pass(variant: str, per_unit: bool) -> None:
    """Contracted level by level with the plain experts' outputs they give the network's own."""
    case = small(variant)
    network, x = build(case), inputs(case, 4, per_unit=per_unit)
    parts, units = split(case, weights_of(network)), list(case.counts)
    found = network.fusion_weights(x)
    assert len(found) == case.num_levels
    state = x if per_unit else x.unsqueeze(1).expand(-1, len(units), -1)
    for level, (gate, native) in enumerate(found):
        num_units = len(case.units(level))
        assert gate.shape[1:] == native.shape == (num_units, len(case.experts))
        outputs = [run_expert(parts.expert[level, e], state[:, units.index(e[0])]) for e in case.experts]
        below = state
        state = torch.einsum("bue,beh->buh", gate.expand(4, -1, -1) + native, torch.stack(outputs, dim=1))
        for _, task in filter(lambda place: place[0] == level, parts.mask):
            state[:, task] = state[:, task] * run_mask(parts, level, task, state[:, task], below[:, task])
        own = [[expert[0] == unit for expert in case.experts] for unit in case.units(level)]
        assert native[torch.tensor(own)].bool().tolist() == [case.has_native] * sum(map(sum, own))
        assert not native[~torch.tensor(own)].any()
    close(state, network(x))


@pytest.mark.parametrize("variant", SOFTMAX_VARIANTS)
def test_gate_rows_sum_to_one_at_every_level(variant: str) -> None:
    case = small(variant)
    for gate, _ in build(case).fusion_weights(inputs(case, 5)):
        torch.testing.assert_close(gate.sum(-1), torch.ones(gate.shape[:2]).double(), rtol=0, atol=1e-15)
        assert (gate >= 0).all()


@pytest.mark.parametrize("variant", SOFTMAX_VARIANTS)
def test_a_constant_on_the_logits_of_one_unit_changes_nothing(variant: str) -> None:
    case = small(variant)
    network, x = build(case), inputs(case, 4)
    before = network(x)
    with torch.no_grad():
        for (level, unit, _), (_, bias) in split(case, weights_of(network)).gate.items():
            if unit == 1:
                bias += 3.0 + level
    close(network(x), before)


@pytest.mark.parametrize("variant", ALL_VARIANTS)
def test_a_network_is_its_parameters(variant: str) -> None:
    case = small(variant)
    network, x = build(case), inputs(case, 4)
    state = {name: value.clone() for name, value in network.state_dict().items()}
    assert set(state) == set(weights_of(network))
    other = build_network(**case.arguments).double()
    assert not torch.equal(other(x), network(x))
    other.load_state_dict(state, strict=True)
    assert torch.equal(other(x), network(x))


@pytest.mark.parametrize("variant", ALL_VARIANTS)
def test_single_precision_follows_double(variant: str) -> None:
    case = small(variant)
    network, x = build(case), inputs(case, 4)
    exact = network(x)
    assert exact.dtype == torch.float64
    rounded = network.float()(x.float())
    assert rounded.dtype == torch.float32
    torch.testing.assert_close(rounded.double(), exact, rtol=1e-3, atol=1e-3)


def layers_of_all_experts(case: Case) -> int:
    """Numbers in the experts' weights and biases."""
    dim, total = case.input_dim, 0
    for level in case.layers:
        for width in level:
            total += len(case.experts) * (dim + 1) * width
            dim = width
    return total


# small(): D = 4; experts of 1 + 2 + 2 (+ 2 shared); states 4, 4, 6 wide below the three levels, so that a gate's edge
# holds 5, 5 and 7 numbers.
GATES_AND_NATIVE = {
    "adatt": 4 * 7 * 5 + 4 * 7 * 5 + 3 * 7 * 7 + (7 + 7 + 5),
    "adatt-sp": 3 * 5 * (5 + 5 + 7) + 3 * 5,
    "own-only": 5 * (5 + 5 + 7) + 3 * 5,
    "ple": (3 + 4 + 4 + 7) * (5 + 5) + (3 + 4 + 4) * 7,
    "cgc": (3 + 4 + 4) * 5,
    "stem": 4 * 7 * 5 + 4 * 7 * 5 + 3 * 7 * 7,
    "cross-stitch": 3 * 9,
    "mtan": 3 * (2 * 5 * 4 + (11 + 7) * 6 + (10 + 4) * 3),  # the masks
    "ml-mmoe": (2 * 2 + 2 * 2 + 3 * 2) * 5,
    "mmoe": 3 * 2 * 5,
    "shared-bottom": 0,
}


@pytest.mark.parametrize("variant", ALL_VARIANTS)
def test_parameter_count(variant: str) -> None:
    case = small(variant)
    network = build_network(**case.arguments)
    expected = layers_of_all_experts(case) + GATES_AND_NATIVE[variant]
    assert sum(p.numel() for p in network.parameters()) == expected


def test_a_native_vector_over_single_experts_is_no_parameter() -> None:
    single = small("adatt", task_experts=(1, 1, 1), shared_experts=1)
    assert not [name for name in weights_of(build(single)) if "native" in name]
    assert [name for name in weights_of(build(small("adatt", task_experts=(1, 1, 1)))) if "native" in name]
    for _, native in build(single).fusion_weights(inputs(single, 2)):
        assert torch.equal(native, torch.eye(4, dtype=torch.float64)[: native.shape[0]])


@pytest.mark.parametrize("variant", ALL_VARIANTS)
def test_every_part_starts_within_the_bound_of_its_own_input_width(variant: str) -> None:
    torch.manual_seed(0)
    case = small(variant, input_dim=100, level_dims=((40, 64), (36,), (50,)))
    parts = split(case, weights_of(build_network(**case.arguments)))

    def starts_uniform(values: Tensor, bound: float) -> None:
        values = values.detach()
        assert values.abs().max() <= bound
        assert values.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.3 if len(values) < 999 else 0.05)

    for layers in parts.expert.values():
        for weight, bias in layers:
            starts_uniform(weight.flatten(), weight.shape[1] ** -0.5)
            starts_uniform(bias, weight.shape[1] ** -0.5)
    for weight, bias in parts.gate.values():
        starts_uniform(weight, len(weight) ** -0.5)
        assert abs(bias.item()) <= len(weight) ** -0.5
    for weight in parts.stitch.values():
        assert abs(weight.item()) <= len(case.experts) ** -0.5
    for layers in parts.mask.values():
        for weight, bias in layers:
            starts_uniform(weight.flatten(), weight.shape[1] ** -0.5)
            starts_uniform(bias, weight.shape[1] ** -0.5)
    for (_, (owner, _)), weight in parts.native.items():
        assert abs(weight.item()) <= case.counts[owner] ** -0.5


BASE: dict[str, Any] = {
    "variant": "adatt",
    "input_dim": 4,
    "num_tasks": 2,
    "level_dims": [[3], [2]],
    "num_experts": 2,
    "shared_experts": 1,
}
YES = [[True, True], [True, True]]


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"variant": "adat"}, "'adat'.*adatt-sp"),
        ({"input_dim": 0}, "input_dim.*0"),
        ({"num_tasks": 0}, "num_tasks.*0"),
        ({"level_dims": []}, "level_dims"),
        ({"level_dims": [[3], []]}, "level_dims"),
        ({"level_dims": [3, 2]}, "level_dims"),
        ({"level_dims": [[3, 0], [2]]}, "level_dims.*0"),
        ({"level_dims": [[3], [0]]}, "level_dims.*0"),
        ({"level_dims": [[-3], [2]]}, "level_dims.*-3"),
        ({"task_experts": 0}, "task_experts.*0"),
        ({"task_experts": [1]}, "task_experts.*2 such numbers.*1"),
        ({"task_experts": [1, 0]}, r"task_experts.*\[1, 0\]"),
        ({"shared_experts": -1}, "shared_experts.*-1"),
        ({"variant": "stem", "shared_experts": 0}, "stem needs shared_experts"),
        ({"variant": "mmoe", "num_experts": None}, "mmoe needs num_experts"),
        ({"variant": "ml-mmoe", "num_experts": 0}, "ml-mmoe needs num_experts"),
        ({"variant": "cross-stitch", "native_residual": True}, "cross-stitch.*native.residual"),
        ({"variant": "ml-mmoe", "native_residual": True}, "native.residual.*ml-mmoe"),
        ({"variant": "shared-bottom", "native_residual": True}, "native.residual.*shared-bottom"),
        ({"variant": "mtan", "native_residual": True}, "native.residual.*mtan"),
        ({"sharing": [YES]}, "sharing.*2 matrices"),
        ({"sharing": [YES, [[True, True]]]}, "sharing.*2 x 2"),
        ({"sharing": [YES, [[True], [True]]]}, "sharing.*2 x 2"),
        ({"sharing": [YES, [[True, True], [True, False]]]}, "sharing.*own experts"),
        ({"variant": "cgc", "sharing": [YES, YES]}, "sharing.*1 matri"),
        ({"variant": "mmoe", "sharing": [YES]}, "sharing.*mmoe"),
        ({"variant": "shared-bottom", "sharing": [YES, YES]}, "sharing.*shared-bottom"),
        ({"variant": "mtan", "sharing": [YES, YES]}, "sharing.*mtan"),
    ],
    ids=str,
)
def test_a_bad_argument_is_named(changes: dict[str, Any], names: str) -> None:
    assert build_network(**BASE)(torch.zeros(1, 4)).shape == (1, 2, 2)
    with pytest.raises(ExperimentError, match=names):
        build_network(**{**BASE, **changes})


@pytest.mark.parametrize("shape", [(4,), (3, 5), (3, 2, 4), (3, 4, 4), (3, 3, 5), (3, 1, 3, 4)], ids=str)
def test_an_input_of_another_shape_is_named(shape: tuple[int, ...]) -> None:
    network: FusionNetwork = build_network(**BASE)
    assert network(torch.zeros(3, 3, 4)).shape == (3, 2, 2)
    for read in (network, network.fusion_weights):
        with pytest.raises(ExperimentError) as found:
            read(torch.zeros(shape))
        assert str(list(shape)) in str(found.value)


def test_in_stem_no_task_trains_another() -> None:
    """The gradient of a task's state by another task's input is exactly 0, while its value counts."""
    case = small("stem")
    network, x = build(case), inputs(case, 4, per_unit=True).requires_grad_()
    for task in range(3):
        (slope,) = torch.autograd.grad(network(x)[:, task].square().sum(), x)
        assert [bool(slope[:, unit].any()) for unit in range(4)] == [unit in (task, 3) for unit in range(4)]
    moved = x.detach().clone()
    moved[:, 1] += 1.0
    assert (network(moved)[:, 0] - network(x)[:, 0]).abs().max() > 1e-3


@pytest.mark.parametrize("variant", POOL_VARIANTS)
def test_inputs_per_unit_need_units(variant: str) -> None:
    case = small(variant)
    with pytest.raises(ExperimentError, match="inputs per unit"):
        build(case)(torch.zeros(4, len(case.counts), case.input_dim, dtype=torch.float64))


def test_rows_that_are_compared_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Normalised experts see the whole batch in training, however large it is."""
    case = small("adatt")
    network = build_network(**case.arguments, output=ExpertOutput.NORMALISED_SWISH).double()
    x = inputs(case, 12)
    whole = network(x)
    monkeypatch.setattr(rows, "BLOCK_BYTES", 1)
    assert torch.equal(network(x), whole)
    network.eval()
    close(network(x), torch.cat([network(x[:5]), network(x[5:])]))
