"""Tables drawn anew, and what their optimizers remember of them."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from taskfusion.train.fresh_tables import FreshTables
from taskfusion.train.optimizer import SparseAdagrad


def learn(parameters: list[nn.Parameter], optimizers: list[Optimizer]) -> None:
    """Steps with the same gradients however often it is called."""
    generator = torch.Generator().manual_seed(1)
    for _ in range(3):
        for parameter in parameters:
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        for optimizer in optimizers:
            optimizer.step()


@pytest.fixture
def parameters() -> list[nn.Parameter]:
    """A table, and a weight above it."""
    torch.manual_seed(0)
    return [nn.Parameter(torch.randn(500, 40)), nn.Parameter(torch.randn(3, 4))]


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda parameters: torch.optim.Adam(parameters, lr=0.1),
        lambda parameters: torch.optim.Adagrad(parameters, lr=0.1),
    ],
    ids=["adam", "adagrad"],
)
def test_a_table_that_is_drawn_anew_learns_as_one_that_never_learned(
    parameters: list[nn.Parameter], optimizer: Callable[[list[nn.Parameter]], Optimizer]
) -> None:
    table, above = parameters
    optimizers = [optimizer([table]), optimizer([above])]
    learn(parameters, optimizers)
    learned = above.detach().clone()
    state = torch.get_rng_state()
    FreshTables([table], 0.05, optimizers).draw()
    assert torch.equal(above, learned)
    assert table.std().item() == pytest.approx(0.05, rel=0.05)
    assert table.mean().item() == pytest.approx(0, abs=0.001)

    torch.set_rng_state(state)
    other = nn.Parameter(torch.empty(500, 40).normal_(0, 0.05))
    assert torch.equal(table, other)
    learn([table], optimizers[:1])
    learn([other], [optimizer([other])])
    assert torch.equal(table, other)


def test_what_is_above_keeps_its_optimizers_state(parameters: list[nn.Parameter]) -> None:
    table, above = parameters
    optimizer = torch.optim.Adam(parameters, lr=0.1)
    learn(parameters, [optimizer])

    def remembered(parameter: nn.Parameter) -> list[Tensor]:
        return [value.clone() for value in optimizer.state[parameter].values()]

    before = remembered(above)
    FreshTables([table], 0.05, [optimizer]).draw()
    assert all(torch.equal(old, new) for old, new in zip(before, remembered(above), strict=True))
    assert not any(value.any() for value in remembered(table))


def test_sparse_adagrad_forgets_its_step_sizes(parameters: list[nn.Parameter]) -> None:
    table, _ = parameters

    def step(optimizer: SparseAdagrad) -> Tensor:
        """The change of a row by a gradient of ones."""
        before = table.detach().clone()
        table.grad = torch.sparse_coo_tensor(torch.tensor([[2]]), torch.ones(1, 40), (500, 40), check_invariants=False)
        optimizer.step()
        return (table.detach() - before)[2]

    optimizer = SparseAdagrad([(table, 1)], lr=0.1)
    first = step(optimizer)
    second = step(optimizer)
    assert second.abs().max() < first.abs().max()
    FreshTables([table], 0.05, [optimizer]).draw()
    torch.testing.assert_close(step(optimizer), first, rtol=1e-5, atol=1e-6)
