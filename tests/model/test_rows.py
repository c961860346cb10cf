"""A batch in pieces is the whole batch, and graphs that are exported know nothing of pieces."""

import pytest
import torch
from torch import Tensor

from model.cases import ALL_VARIANTS, UNIT_VARIANTS, build, close, inputs, small
from taskfusion.model import rows
from taskfusion.model.head.tower import TowerBank
from taskfusion.model.rows import run_by_rows

BYTES_OF_A_NUMBER = 8


@pytest.fixture
def at_most_three_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of three rows of four float64 numbers."""
    monkeypatch.setattr(rows, "BLOCK_BYTES", 3 * 4 * BYTES_OF_A_NUMBER)


@pytest.mark.parametrize(
    ("num_rows", "pieces"), [(0, [0]), (1, [1]), (3, [3]), (4, [2, 2]), (7, [3, 3, 1]), (10, [3, 3, 3, 1])]
)
def test_pieces_are_in_order_and_as_few_as_fit(num_rows: int, pieces: list[int], at_most_three_rows: None) -> None:
    seen: list[int] = []

    def run(part: Tensor) -> Tensor:
        seen.append(len(part))
        return 2 * part

    x = torch.arange(2.0 * num_rows, dtype=torch.float64).view(num_rows, 2)
    assert torch.equal(run_by_rows(run, x, 4), 2 * x)
    assert seen == pieces


def test_other_devices_take_the_batch_whole(at_most_three_rows: None) -> None:
    x = torch.empty(10, 4, device="meta")
    assert run_by_rows(lambda part: part, x, 4) is x


@pytest.mark.parametrize(
    ("variant", "per_unit"), [(name, False) for name in ALL_VARIANTS] + [(name, True) for name in UNIT_VARIANTS]
)
def test_networks_give_the_same_states_and_gradients_in_pieces(
    variant: str, per_unit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = small(variant)
    network = build(case)
    x = inputs(case, 7, per_unit=per_unit).requires_grad_()
    leaves = [x, *network.parameters()]
    whole = network(x)
    pull = torch.randn(whole.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    expected = torch.autograd.grad(whole, leaves, pull)
    seen: list[int] = []
    network.levels[0].register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    monkeypatch.setattr(rows, "BLOCK_BYTES", 2 * BYTES_OF_A_NUMBER * network.widest_level)
    found = network(x)
    assert sum(seen) == 7
    assert max(seen) <= 2
    close(found, whole)
    for one, other in zip(torch.autograd.grad(found, leaves, pull), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_towers_give_the_same_logits_and_gradients_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    towers = TowerBank(3, [5], [1, 2]).double()
    state = torch.randn(9, 2, 3, dtype=torch.float64, requires_grad=True)
    leaves = [state, *towers.parameters()]
    whole = towers(state)
    expected = torch.autograd.grad(whole.square().sum(), leaves)
    seen: list[int] = []
    towers.hidden.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    monkeypatch.setattr(rows, "BLOCK_BYTES", 4 * 2 * 5 * BYTES_OF_A_NUMBER)
    found = towers(state)
    assert seen == [3, 3, 3]
    close(found, whole)
    for one, other in zip(torch.autograd.grad(found.square().sum(), leaves), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_an_exported_graph_takes_any_number_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    case = small("adatt")
    network = build(case)
    monkeypatch.setattr(rows, "BLOCK_BYTES", 2 * BYTES_OF_A_NUMBER * network.widest_level)
    exported = torch.export.export(network, (inputs(case, 7),), dynamic_shapes=({0: torch.export.Dim("rows")},))
    for num_rows in (2, 5, 30):
        x = inputs(case, num_rows, seed=num_rows)
        close(exported.module()(x), network(x))
