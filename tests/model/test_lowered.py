"""The readers of x that lowered networks have, and the blocks that they are made of."""

import pytest
import torch

from model.cases import ALL_VARIANTS, UNIT_VARIANTS, Case, build, inputs, small
from serve.models import model_of
from taskfusion.model.fusion.network import LoweredNetwork, build_network
from taskfusion.model.lowered import InputReaders, Linears, Reader, ReadsInput, ReadsStates, twin


def _readers(variant: str) -> list[str]:
    return list(model_of(variant).lowered().readers)


def test_readers_cover_all_that_reads_x() -> None:
    assert _readers("adatt") == ["experts 1", "gate 1"]
    assert _readers("ml-mmoe") == ["experts 1", "gate 1", "gate 2"]
    assert _readers("cross-stitch") == _readers("mtan") == _readers("shared-bottom") == ["experts 1"]
    assert [reader.adds_shared for reader in model_of("stem").lowered().readers.values()] == [False, True]


def test_an_expert_that_is_not_visible_gets_no_weight() -> None:
    sharing = [[[True, False], [True, True]]]
    network = build_network("adatt-sp", input_dim=3, num_tasks=2, level_dims=[[4]], sharing=sharing)
    gate = network.lowered().readers["gate 1"]
    weight_BUE = (torch.randn(5, 3) @ gate.weight_PD.T + gate.bias_P).view(5, 2, 2).softmax(-1)
    torch.testing.assert_close(weight_BUE, network.fusion_weights(torch.zeros(5, 3))[0].gate.gt(0) * weight_BUE)
    assert not weight_BUE[:, 0, 1].any()


def _shares(lowered: LoweredNetwork, x: torch.Tensor) -> list[torch.Tensor]:
    """What every reader makes of x, by the maths alone: W s + b of each state's own outputs."""
    states = list(x.unbind(1)) if x.dim() == 3 else [x] * 9
    found = []
    for reader in lowered.readers.values():
        sources = [state + states[-1] for state in states] if reader.adds_shared else states
        rows = [state for state, size in enumerate(reader.sizes) for _ in range(size)]
        sums = [sources[row] @ reader.weight_PD[p] + reader.bias_P[p] for p, row in enumerate(rows)]
        found.append(torch.stack(sums, dim=1))
    return found


@pytest.mark.parametrize(
    ("variant", "per_unit"), [(name, False) for name in ALL_VARIANTS] + [(name, True) for name in UNIT_VARIANTS]
)
@pytest.mark.parametrize("levels", [1, 3])
@torch.no_grad()
def test_a_lowered_network_gives_the_states_that_the_training_form_gives(
    variant: str, per_unit: bool, levels: int
) -> None:
    case: Case = small(variant, level_dims=((5, 4), (6,), (3,))[:levels])
    network = build(case).eval()
    lowered = network.lowered()
    x = inputs(case, 6, per_unit=per_unit)
    found = lowered(_shares(lowered, x))
    torch.testing.assert_close(torch.stack(list(found), dim=1), network(x), rtol=1e-10, atol=1e-10)


def test_a_lowered_network_is_not_trained() -> None:
    assert not any(parameter.requires_grad for parameter in build(small("adatt")).lowered().parameters())


def test_neighbouring_outputs_read_the_state_that_their_sizes_say() -> None:
    weight_PD, bias_P = torch.arange(6.0).view(3, 2), torch.tensor([10.0, 20.0, 30.0])
    states = [torch.ones(1, 2), torch.full((1, 2), 9.0), torch.full((1, 2), 2.0)]
    linears = Linears(weight_PD, bias_P, [1, 0, 2])
    assert [part.tolist() for part in linears(states)] == [[[11.0]], [[30.0, 48.0]]]
    without = Linears(weight_PD, None, [1, 0, 2])
    assert [part.tolist() for part in without(states)] == [[[1.0]], [[10.0, 18.0]]]
    start = torch.tensor([[100.0, 200.0, 300.0]])
    assert [part.tolist() for part in without(states, start)] == [[[101.0]], [[210.0, 318.0]]]
    shared = ReadsStates(Reader(weight_PD, bias_P, (1, 0, 2), adds_shared=True))
    assert [part.tolist() for part in shared((), states)] == [[[13.0]], [[40.0, 66.0]]]


def test_readers_of_x_take_their_shares_in_order() -> None:
    readers = InputReaders()
    reader = Reader(torch.zeros(1, 1), torch.zeros(1), (1,))
    first, second = readers.add("one", reader), readers.add("two", reader)
    assert isinstance(first, ReadsInput)
    assert list(readers.by_name) == ["one", "two"]
    shares = [torch.tensor([[1.0]]), torch.tensor([[2.0]])]
    assert [read(shares, ())[0].item() for read in (second, first)] == [2.0, 1.0]


def test_what_is_assigned_to_a_twin_leaves_the_other_as_it_is() -> None:
    one = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)).eval()
    other = twin(one)
    x = torch.ones(1, 2)
    assert torch.equal(one(x), other(x))
    assert other[0].weight is one[0].weight
    other[1] = torch.nn.Identity()
    assert isinstance(one[1], torch.nn.BatchNorm1d)
    linear = torch.nn.Linear(2, 2)
    bound = twin(linear)
    bound.bias = torch.nn.Parameter(torch.ones(2))
    assert not torch.equal(linear.bias, bound.bias)
