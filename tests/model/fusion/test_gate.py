"""Gates against one nn.functional.linear per unit, and against nn.Linear's start."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor
from torch.nn import functional

from taskfusion.model.fusion.gate import GATES, ConstantGate, MatrixGate, SoftmaxGate
from taskfusion.variants.plan import GateKind, GateSettings

Visible = list[list[bool]]
SPARSE: Visible = [[True, True, False, False], [False, True, True, True], [False, False, False, True]]


@st.composite
def masks(draw: st.DrawFn) -> Visible:
    """U x E; every unit sees an expert; the units see equally many or not."""
    num_units, num_experts = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    rows = st.lists(st.booleans(), min_size=num_experts, max_size=num_experts).filter(any)
    return draw(st.lists(rows, min_size=num_units, max_size=num_units))


def unit_by_unit(visible: Visible, weight_GD: Tensor, bias_G: Tensor, source: Tensor) -> Tensor:
    """Softmax weights [B, U, E], each unit's from a linear map of its own."""
    rows, start = [], 0
    for unit, seen in enumerate(visible):
        mine = slice(start, start + sum(seen))
        start += sum(seen)
        own = source if source.dim() == 2 else source[:, unit]
        weights = functional.linear(own, weight_GD[mine], bias_G[mine]).softmax(1)
        columns = iter(weights.unbind(1))
        rows.append(torch.stack([next(columns) if see else weights.new_zeros(len(own)) for see in seen], dim=1))
    return torch.stack(rows, dim=1)


@given(
    visible=masks(), rows=st.integers(1, 4), extra=st.integers(0, 1), per_unit=st.booleans(), seed=st.integers(0, 2**16)
)
def test_softmax_gate_equals_one_linear_map_a_unit(
    visible: Visible, rows: int, extra: int, per_unit: bool, seed: int
) -> None:
    torch.manual_seed(seed)
    gate = SoftmaxGate(visible, 3).double()
    shape = (rows, len(visible) + extra, 3) if per_unit else (rows, 3)
    source = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    found = gate(source)
    expected = unit_by_unit(visible, gate.weight_GD, gate.bias_G, source)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found.sum(-1), torch.ones(rows, len(visible), dtype=torch.float64), rtol=0, atol=1e-15)
    seen = torch.tensor(visible).expand_as(found)
    assert (found[~seen] == 0).all()
    assert (found[seen] > 0).all()

    pull = torch.randn_like(found)
    leaves = [source, *gate.parameters()]
    for one, other in zip(
        torch.autograd.grad(found, leaves, pull), torch.autograd.grad(expected, leaves, pull), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("per_unit", [False, True], ids=["shared source", "source per unit"])
def test_a_constant_on_a_units_logits_changes_nothing(per_unit: bool) -> None:
    torch.manual_seed(0)
    gate = SoftmaxGate(SPARSE, 5).double()
    source = torch.randn(6, 3, 5, dtype=torch.float64) if per_unit else torch.randn(6, 5, dtype=torch.float64)
    before = gate(source)
    with torch.no_grad():
        gate.bias_G[2:5] += 7.0
    torch.testing.assert_close(gate(source), before, rtol=0, atol=1e-14)
    with torch.no_grad():
        gate.bias_G[2] += 7.0
    assert (gate(source)[:, 1] - before[:, 1]).abs().max() > 1e-3


def test_units_that_see_one_expert_give_it_weight_one_whatever_the_logits() -> None:
    gate = SoftmaxGate([[False, True], [True, False]], 3)
    weights = gate(1e4 * torch.randn(8, 2, 3))
    assert torch.equal(weights, torch.tensor([[0.0, 1.0], [1.0, 0.0]]).expand(8, 2, 2))


def test_large_logits_stay_finite() -> None:
    gate = SoftmaxGate(SPARSE, 3)
    source = (1e30 * torch.randn(4, 3, 3)).requires_grad_()
    weights = gate(source)
    weights.square().sum().backward()
    assert weights.isfinite().all()
    assert source.grad is not None
    assert source.grad.isfinite().all()


def test_a_matrix_gate_lays_its_weights_out_over_the_visible_edges() -> None:
    gate = MatrixGate(SPARSE, 9)
    with torch.no_grad():
        gate.weight_G.copy_(torch.arange(1.0, 7.0))
    expected = torch.tensor([[[1.0, 2, 0, 0], [0, 3, 4, 5], [0, 0, 0, 6]]])
    assert torch.equal(gate(torch.randn(5, 9)), expected)
    assert torch.equal(gate(torch.randn(2, 3, 9)), expected)


def test_a_constant_gate_is_the_mask_in_the_dtype_of_the_network() -> None:
    gate = ConstantGate(SPARSE, 9).double()
    found = gate(torch.zeros(5, 9, dtype=torch.float64))
    assert found.dtype == torch.float64
    assert torch.equal(found, torch.tensor([SPARSE], dtype=torch.float64))
    assert not list(gate.parameters())


@pytest.mark.parametrize(("visible", "edges"), [(SPARSE, 6), ([[True] * 4] * 3, 12)], ids=["sparse", "full"])
def test_only_visible_edges_have_parameters(visible: Sequence[Sequence[bool]], edges: int) -> None:
    assert sum(p.numel() for p in SoftmaxGate(visible, 9).parameters()) == edges * (9 + 1)
    assert sum(p.numel() for p in MatrixGate(visible, 9).parameters()) == edges


def test_every_units_softmax_gate_starts_as_nn_linear_does() -> None:
    torch.manual_seed(3)
    seen, dim = 60, 25
    gate = SoftmaxGate([[True] * seen] * 4, dim)
    bound = dim**-0.5
    for weight, bias in zip(
        gate.weight_GD.detach().view(4, seen, dim), gate.bias_G.detach().view(4, seen), strict=True
    ):
        assert weight.abs().max() <= bound
        assert bias.abs().max() <= bound
        assert weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)
        assert stats.kstest(weight.flatten() / bound, stats.uniform(-1, 2).cdf).pvalue > 1e-3
        assert stats.kstest(bias / bound, stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_every_row_of_a_stitch_starts_as_nn_linear_over_the_experts_does() -> None:
    torch.manual_seed(4)
    size = 200
    gate = MatrixGate([[True] * size] * size, 3)
    bound = size**-0.5
    for row in gate.weight_G.detach().view(size, size):
        assert row.abs().max() <= bound
        assert row.std().item() == pytest.approx(bound / 3**0.5, rel=0.2)
    assert stats.kstest(gate.weight_G.detach() / bound, stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_every_kind_of_gate_can_be_built_and_read_alike() -> None:
    assert set(GATES) == set(GateKind)
    for build in GATES.values():
        assert build(SPARSE, 4, GateSettings(), ())(torch.randn(2, 3, 4)).shape[1:] == (3, 4)


# Settings.


@pytest.mark.parametrize("per_unit", [False, True], ids=["shared source", "source per unit"])
@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_a_temperature_divides_the_logits(temperature: float, per_unit: bool) -> None:
    torch.manual_seed(0)
    gate = SoftmaxGate(SPARSE, 5, GateSettings(temperature=temperature)).double()
    source = torch.randn(6, 3, 5, dtype=torch.float64) if per_unit else torch.randn(6, 5, dtype=torch.float64)
    expected = unit_by_unit(SPARSE, gate.weight_GD / temperature, gate.bias_G / temperature, source)
    torch.testing.assert_close(gate(source), expected, rtol=1e-12, atol=1e-12)


def test_dropped_experts_get_nothing_and_the_others_keep_their_proportions() -> None:
    torch.manual_seed(0)
    visible = [*SPARSE, [True] * 4]
    gate = SoftmaxGate(visible, 5, GateSettings(dropout=0.4)).double()
    source = torch.randn(400, 4, 5, dtype=torch.float64)
    found, whole = gate(source), gate.eval()(source)
    torch.testing.assert_close(found.sum(-1), torch.ones(400, 4, dtype=torch.float64), rtol=0, atol=1e-15)
    for row in range(400):
        left = set(found[row, 3].nonzero().flatten().tolist())  # of the unit that sees all
        for unit, sees in enumerate(visible):
            seen = [expert for expert in range(4) if sees[expert]]
            kept = [expert for expert in seen if expert in left] or seen
            expected = torch.zeros(4, dtype=torch.float64)
            expected[kept] = whole[row, unit, kept] / whole[row, unit, kept].sum()
            torch.testing.assert_close(found[row, unit], expected, rtol=1e-12, atol=0)
    assert (found[:, 3] == 0).double().mean().item() == pytest.approx(0.4, abs=0.05)


def test_a_unit_that_would_lose_all_that_it_sees_keeps_it() -> None:
    torch.manual_seed(0)
    gate = SoftmaxGate(SPARSE, 5, GateSettings(dropout=0.999))
    source = torch.randn(50, 5)
    assert torch.equal(gate(source), gate.eval()(source))


OWN = [[0], [1, 2], [3]]


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_own_experts_start_with_their_share(temperature: float) -> None:
    gate = SoftmaxGate(SPARSE, 5, GateSettings(temperature=temperature, own_share=0.9), OWN)
    expected = torch.tensor([[0.9, 0.1, 0, 0], [0, 0.45, 0.45, 0.1], [0, 0, 0, 1.0]])
    torch.testing.assert_close(gate(torch.zeros(2, 5)), expected.expand(2, 3, 4))
    matrix = MatrixGate(SPARSE, 5, GateSettings(own_share=0.9), OWN)
    torch.testing.assert_close(matrix(torch.zeros(2, 5))[0], expected)


def test_a_native_first_start_changes_biases_alone() -> None:
    gates = []
    for settings in (GateSettings(), GateSettings(own_share=0.8)):
        torch.manual_seed(0)
        gates.append(SoftmaxGate(SPARSE, 5, settings, OWN))
    assert torch.equal(gates[0].weight_GD, gates[1].weight_GD)
    assert not torch.equal(gates[0].bias_G, gates[1].bias_G)
    pool = SoftmaxGate(SPARSE, 5, GateSettings(own_share=0.8))
    assert pool.bias_G.unique().numel() > 3


@pytest.mark.parametrize("per_unit", [False, True], ids=["shared source", "source per unit"])
def test_a_domain_has_a_bias_of_its_own_on_every_edge(per_unit: bool) -> None:
    torch.manual_seed(0)
    gate = SoftmaxGate(SPARSE, 5, GateSettings(temperature=2.0, scenario_dim=3)).double()
    plain = SoftmaxGate(SPARSE, 5, GateSettings(temperature=2.0)).double()
    plain.load_state_dict({name: value for name, value in gate.state_dict().items() if "scenario" not in name})
    source = torch.randn((6, 3, 5) if per_unit else (6, 5), dtype=torch.float64)
    domain_B = torch.tensor([0, 1, 2, 0, 1, 2])
    scenario_BV = functional.one_hot(domain_B, 3).double()
    assert torch.equal(gate(source, scenario_BV), plain(source))  # V starts at 0
    assert gate.scenario_GV is not None
    torch.nn.init.normal_(gate.scenario_GV)
    found, bias_G = gate(source, scenario_BV), plain.bias_G.detach().clone()
    for row, domain in enumerate(domain_B.tolist()):
        with torch.no_grad():
            plain.bias_G.copy_(bias_G + gate.scenario_GV[:, domain])
        torch.testing.assert_close(found[row], plain(source)[row], rtol=1e-12, atol=1e-12)


def test_domains_draw_no_random_numbers() -> None:
    states = []
    for dim in (0, 4):
        torch.manual_seed(0)
        SoftmaxGate(SPARSE, 5, GateSettings(scenario_dim=dim))
        states.append(torch.get_rng_state())
    assert torch.equal(*states)
