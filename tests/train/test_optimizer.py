"""Row-wise Adagrad against a dense reference."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from taskfusion.train.checkpoint import load_optimizer_tensors, optimizer_tensors
from taskfusion.train.optimizer import RowwiseAdagrad


def _dense_reference(weight: torch.Tensor, total: torch.Tensor, gradient: torch.Tensor, lr: float, eps: float) -> None:
    """Every row in a loop: the accumulator of a copy grows by its mean squared gradient."""
    copies = total.shape[1]
    dim = weight.shape[1] // copies
    for row in range(weight.shape[0]):
        for copy in range(copies):
            part = slice(copy * dim, (copy + 1) * dim)
            g = gradient[row, part]
            if (g == 0).all():
                continue
            total[row, copy] += (g * g).sum() / dim
            weight[row, part] -= lr * g / (total[row, copy].sqrt() + eps)


@given(seed=st.integers(0, 1000), copies=st.integers(1, 3))
def test_equals_a_dense_reference(seed: int, copies: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(7, copies * 4, generator=generator, dtype=torch.float64)
    sparse, dense = nn.Parameter(start.clone()), start.clone().requires_grad_()
    total = torch.zeros(7, copies, dtype=torch.float64)
    optimizer = RowwiseAdagrad([(sparse, copies)], lr=0.1)
    for _ in range(4):
        rows = torch.randint(7, (9,), generator=generator)
        pull = torch.randn(9, copies * 4, generator=generator, dtype=torch.float64)
        optimizer.zero_grad()
        (functional.embedding(rows, sparse, sparse=True) * pull).sum().backward()
        (gradient,) = torch.autograd.grad((functional.embedding(rows, dense) * pull).sum(), dense)
        optimizer.step()
        with torch.no_grad():
            _dense_reference(dense, total, gradient, 0.1, 1e-8)
        torch.testing.assert_close(sparse.detach(), dense.detach())


def test_rows_outside_the_batch_stay_as_they_are() -> None:
    table = nn.Parameter(torch.randn(5, 2))
    before = table.detach().clone()
    optimizer = RowwiseAdagrad([(table, 1)], lr=0.1)
    functional.embedding(torch.tensor([1, 1, 3]), table, sparse=True).sum().backward()
    optimizer.step()
    moved = (table.detach() != before).any(1)
    assert moved.tolist() == [False, True, False, True, False]


def test_state_comes_back_from_named_tensors() -> None:
    def make() -> tuple[nn.Parameter, RowwiseAdagrad]:
        table = nn.Parameter(torch.ones(4, 2))
        return table, RowwiseAdagrad([(table, 1)], lr=0.1)

    def step(table: nn.Parameter, optimizer: RowwiseAdagrad) -> None:
        optimizer.zero_grad()
        functional.embedding(torch.tensor([0, 2]), table, sparse=True).sum().backward()
        optimizer.step()

    first, optimizer = make()
    step(first, optimizer)
    second, restored = make()
    with torch.no_grad():
        second.copy_(first)
    saved = {name: value.clone() for name, value in optimizer_tensors([optimizer]).items()}
    load_optimizer_tensors([restored], saved)
    step(first, optimizer)
    step(second, restored)
    torch.testing.assert_close(first, second, rtol=0, atol=0)
