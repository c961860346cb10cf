"""Banks of experts against one nn.functional.linear per layer and expert, and against nn.Linear's start."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional

from taskfusion.model.fusion.expert import ExpertBank
from taskfusion.variants.plan import ExpertOutput


def one_by_one(bank: ExpertBank, reads: Sequence[int], state: Tensor) -> Tensor:
    """The bank's outputs [B, E, H], expert by expert."""
    outputs = []
    for expert, index in enumerate(reads):
        hidden = state if state.dim() == 2 else state[:, index]
        for weight, bias in zip(bank.weights, bank.biases, strict=True):
            hidden = functional.linear(hidden, weight[expert], bias[expert]).relu()
        outputs.append(hidden)
    return torch.stack(outputs, dim=1)


@given(
    counts=st.lists(st.integers(1, 3), min_size=1, max_size=4),
    dims=st.lists(st.integers(1, 4), min_size=2, max_size=4),
    rows=st.integers(1, 5),
    per_unit=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_outputs_and_gradients_equal_those_of_single_experts(
    counts: list[int], dims: list[int], rows: int, per_unit: bool, seed: int
) -> None:
    torch.manual_seed(seed)
    reads = [state for state, count in enumerate(counts) for _ in range(count)]
    bank = ExpertBank(counts, dims[0], dims[1:]).double()
    shape = (rows, len(counts), dims[0]) if per_unit else (rows, dims[0])
    state = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    found, expected = bank(state), one_by_one(bank, reads, state)
    assert found.shape == (rows, len(reads), dims[-1])
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)

    pull = torch.randn_like(found)
    leaves = [state, *bank.parameters()]
    for one, other in zip(
        torch.autograd.grad(found, leaves, pull), torch.autograd.grad(expected, leaves, pull), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


def test_experts_may_read_some_of_the_states() -> None:
    torch.manual_seed(0)
    reads = [1, 3, 3]
    bank = ExpertBank([0, 1, 0, 2], 3, [4]).double()
    state = torch.randn(5, 4, 3, dtype=torch.float64)
    torch.testing.assert_close(bank(state), one_by_one(bank, reads, state), rtol=1e-12, atol=1e-12)


def test_experts_without_layers_pass_on_the_states_that_they_read() -> None:
    state = torch.randn(4, 3, 2)
    bank = ExpertBank([0, 2, 1], 2, [])
    assert torch.equal(bank(state), state[:, [1, 1, 2]])
    assert not list(bank.parameters())


def test_a_batch_may_be_empty() -> None:
    bank = ExpertBank([2, 1], 3, [4, 2])
    assert bank(torch.zeros(0, 3)).shape == (0, 3, 2)
    assert bank(torch.zeros(0, 2, 3)).shape == (0, 3, 2)


@pytest.mark.parametrize("counts", [[2, 2], [1, 2]], ids=["equal counts", "unequal counts"])
def test_parameter_count(counts: list[int]) -> None:
    bank = ExpertBank(counts, 5, [7, 3])
    assert sum(p.numel() for p in bank.parameters()) == sum(counts) * (5 * 7 + 7 + 7 * 3 + 3)


def test_every_slice_starts_as_nn_linear_does() -> None:
    """As single draws of uniform(-bound, bound), with the bound of each layer's own input width."""
    torch.manual_seed(1)
    dims = [64, 100, 50]
    bank = ExpertBank([2, 1], dims[0], dims[1:])
    for weight_EHD, bias_EH, fan_in, width in zip(bank.weights, bank.biases, dims[:-1], dims[1:], strict=True):
        single = nn.Linear(fan_in, width)
        bound = fan_in**-0.5
        for weight, bias in zip(weight_EHD, bias_EH, strict=True):
            assert weight.shape == single.weight.shape
            assert weight.abs().max() <= bound
            assert bias.abs().max() <= bound
            assert weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.03)
            assert stats.kstest(weight.detach().flatten() / bound, stats.uniform(-1, 2).cdf).pvalue > 1e-3
            assert stats.kstest(bias.detach() / bound, stats.uniform(-1, 2).cdf).pvalue > 1e-3
            drawn = stats.ks_2samp(weight.detach().flatten(), single.weight.detach().flatten())
            assert drawn.pvalue > 1e-3
        assert not torch.equal(weight_EHD[0], weight_EHD[1])
        assert not torch.equal(bias_EH[0], bias_EH[1])


def normalised_one_by_one(bank: ExpertBank, reads: Sequence[int], state: Tensor) -> Tensor:
    """HoME: Swish(scale * (z - mean) / sqrt(variance + eps) + shift) of an expert without activation after its last
    layer; mean and variance of the rows.
    """
    outputs = []
    assert bank.output is not None
    for expert, index in enumerate(reads):
        hidden = state if state.dim() == 2 else state[:, index]
        for layer, (weight, bias) in enumerate(zip(bank.weights, bank.biases, strict=True)):
            hidden = functional.linear(hidden if layer == 0 else hidden.relu(), weight[expert], bias[expert])
        mean, variance = hidden.mean(0), (hidden - hidden.mean(0)).square().mean(0)
        z = bank.output.scale_EH[expert] * (hidden - mean) / (variance + 1e-5).sqrt() + bank.output.shift_EH[expert]
        outputs.append(z * z.sigmoid())
    return torch.stack(outputs, dim=1)


def normalised_bank(counts: Sequence[int], layer_dims: Sequence[int]) -> ExpertBank:
    torch.manual_seed(0)
    bank = ExpertBank(counts, 3, layer_dims, ExpertOutput.NORMALISED_SWISH).double()
    assert bank.output is not None
    with torch.no_grad():
        bank.output.scale_EH.uniform_(0.5, 2.0)
        bank.output.shift_EH.normal_()
    return bank


@pytest.mark.parametrize("per_unit", [False, True], ids=["shared state", "state per unit"])
@pytest.mark.parametrize("layer_dims", [[4], [5, 4]], ids=str)
@pytest.mark.parametrize("counts", [[2, 2], [1, 3]], ids=str)
def test_normalised_outputs_are_those_of_the_papers_equation(
    counts: list[int], layer_dims: list[int], per_unit: bool
) -> None:
    bank, reads = normalised_bank(counts, layer_dims), [state for state, n in enumerate(counts) for _ in range(n)]
    state = torch.randn((7, 2, 3) if per_unit else (7, 3), dtype=torch.float64, requires_grad=True)
    found, expected = bank(state), normalised_one_by_one(bank, reads, state)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    pull, leaves = torch.randn_like(found), [state, *bank.parameters()]
    for one, other in zip(
        torch.autograd.grad(found, leaves, pull), torch.autograd.grad(expected, leaves, pull), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-9)


def test_in_evaluation_rows_do_not_touch_each_other_and_the_normalisation_folds_into_the_layer() -> None:
    bank = normalised_bank([2, 2], [5, 4])
    for _ in range(200):
        bank(3.0 + torch.randn(50, 3, dtype=torch.float64))
    bank.eval()
    state = 3.0 + torch.randn(6, 3, dtype=torch.float64)
    found = bank(state)
    torch.testing.assert_close(found, torch.cat([bank(row.unsqueeze(0)) for row in state]), rtol=1e-12, atol=1e-12)
    lowered = bank.lowered()
    first = functional.linear(state, lowered.reader.weight_PD, lowered.reader.bias_P)
    torch.testing.assert_close(lowered([first]), found, rtol=1e-10, atol=1e-10)


def test_a_batch_of_one_row_trains_with_running_statistics() -> None:
    bank = normalised_bank([1], [4])
    row = torch.randn(1, 3, dtype=torch.float64)
    found = bank(row)
    assert torch.equal(found, bank.eval()(row))
