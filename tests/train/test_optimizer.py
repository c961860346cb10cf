"""Updates of tables against torch's own optimizers and a plain dense reference."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam, Optimizer

from taskfusion.train.checkpoint import load_optimizer_tensors, optimizer_tensors
from taskfusion.train.optimizer import KeptGradients, SparseAdagrad, gradient_rows

LR, ROWS, DIM = 0.1, 7, 4


class RowwiseReference:
    """Every row in a loop: the accumulator of a copy grows by its mean squared gradient."""

    def __init__(self, table: nn.Parameter, copies: int) -> None:
        self.table, self.copies = table, copies
        self.total = torch.zeros(ROWS, copies, dtype=table.dtype)

    @torch.no_grad()
    def step(self) -> None:
        assert self.table.grad is not None
        for row in range(ROWS):
            for copy in range(self.copies):
                part = slice(copy * DIM, (copy + 1) * DIM)
                g = self.table.grad[row, part]
                self.total[row, copy] += (g * g).sum() / DIM
                self.table[row, part] -= LR * g / (self.total[row, copy].sqrt() + 1e-10)


def _cached(table: nn.Parameter) -> Optimizer:
    optimizer = Adam([table], lr=LR, fused=True)
    KeptGradients(optimizer, [table])
    return optimizer


def _pulls(seed: int, width: int, dtype: torch.dtype, steps: int = 4) -> list[tuple[Tensor, Tensor]]:
    """Rows that a batch reads, some of them often and others never, and the gradients of what was read."""
    generator = torch.Generator().manual_seed(seed)
    return [
        (torch.randint(ROWS, (9,), generator=generator), torch.randn(9, width, generator=generator, dtype=dtype))
        for _ in range(steps)
    ]


def _train(
    table: nn.Parameter, step: Callable[[], object], pulls: list[tuple[Tensor, Tensor]], *, sparse: bool
) -> None:
    for row_M, pull_MW in pulls:
        table.grad = None
        functional.embedding(row_M, table, sparse=sparse).backward(pull_MW)
        step()


@given(seed=st.integers(0, 1000), copies=st.integers(1, 3))
def test_rowwise_adagrad_equals_a_dense_reference(seed: int, copies: int) -> None:
    start = torch.randn(ROWS, copies * DIM, dtype=torch.float64)
    sparse, dense = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    pulls = _pulls(seed, copies * DIM, torch.float64)
    _train(sparse, SparseAdagrad([(sparse, copies)], lr=LR).step, pulls, sparse=True)
    _train(dense, RowwiseReference(dense, copies).step, pulls, sparse=False)
    torch.testing.assert_close(sparse.detach(), dense.detach())


@given(seed=st.integers(0, 1000), copies=st.integers(1, 3))
def test_one_accumulator_a_number_gives_the_bits_of_dense_adagrad(seed: int, copies: int) -> None:
    start = torch.randn(ROWS, copies * DIM)
    sparse, dense = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    pulls = _pulls(seed, copies * DIM, torch.float32)
    _train(sparse, SparseAdagrad([(sparse, copies * DIM)], lr=LR).step, pulls, sparse=True)
    _train(dense, torch.optim.Adagrad([dense], lr=LR).step, pulls, sparse=False)
    torch.testing.assert_close(sparse.detach(), dense.detach(), rtol=1e-6, atol=1e-7)


@given(seed=st.integers(0, 1000))
def test_kept_gradients_give_the_bits_of_dense_adam(seed: int) -> None:
    start = torch.randn(ROWS, DIM)
    sparse, dense = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    pulls = _pulls(seed, DIM, torch.float32)
    _train(sparse, _cached(sparse).step, pulls, sparse=True)
    _train(dense, Adam([dense], lr=LR, fused=True).step, pulls, sparse=False)
    torch.testing.assert_close(sparse.detach(), dense.detach(), rtol=1e-6, atol=1e-7)


def test_kept_gradients_leave_dense_ones_as_they_are() -> None:
    first, second = nn.Parameter(torch.ones(ROWS, DIM)), nn.Parameter(torch.ones(ROWS, DIM))
    pulls = _pulls(0, DIM, torch.float32)
    _train(first, _cached(first).step, pulls, sparse=False)
    _train(second, Adam([second], lr=LR, fused=True).step, pulls, sparse=False)
    assert torch.equal(first, second)


@pytest.mark.parametrize("accumulators", [1, 2])
def test_rows_outside_the_batch_stay_as_they_are(accumulators: int) -> None:
    table = nn.Parameter(torch.randn(5, 2))
    before = table.detach().clone()
    optimizer = SparseAdagrad([(table, accumulators)], lr=LR)
    functional.embedding(torch.tensor([1, 1, 3]), table, sparse=True).sum().backward()
    optimizer.step()
    moved = (table.detach() != before).any(1)
    assert moved.tolist() == [False, True, False, True, False]


@pytest.mark.parametrize("rows", [[0, 2, 4], [2, 0, 4], [2, 2, 4], [3], []], ids=str)
def test_gradients_of_equal_rows_are_joined(rows: list[int]) -> None:
    values = torch.randn(len(rows), 3)
    gradient = torch.sparse_coo_tensor(torch.tensor([rows], dtype=torch.long), values, (5, 3), check_invariants=True)
    row_N, gradient_NW = gradient_rows(gradient)
    assert row_N.tolist() == sorted(set(rows))
    torch.testing.assert_close(torch.zeros(5, 3).index_copy_(0, row_N, gradient_NW), gradient.to_dense())


@pytest.mark.parametrize(
    "make",
    [_cached, lambda table: SparseAdagrad([(table, 1)], lr=LR), lambda table: SparseAdagrad([(table, DIM)], lr=LR)],
    ids=["dense", "rowwise-adagrad", "adagrad"],
)
def test_state_comes_back_from_named_tensors(make: Callable[[nn.Parameter], Optimizer]) -> None:
    first = nn.Parameter(torch.ones(ROWS, DIM))
    optimizer = make(first)
    pulls = _pulls(0, DIM, torch.float32)
    _train(first, optimizer.step, pulls[:2], sparse=True)
    second = nn.Parameter(first.detach().clone())
    restored = make(second)
    saved = {name: value.clone() for name, value in optimizer_tensors([optimizer]).items()}
    load_optimizer_tensors([restored], saved)
    _train(first, optimizer.step, pulls[2:], sparse=True)
    _train(second, restored.step, pulls[2:], sparse=True)
    assert torch.equal(first, second)
