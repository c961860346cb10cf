"""One training step of fusion network and towers, against the same maths in loop form with plain Adam.

The input needs a gradient, as it does above embeddings. Both sides have the same weights and see the same rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam, Optimizer
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.loop_form import LoopModel, copy_weights
from benchmarks.rounds import markdown, measure, sgemm
from taskfusion.model.network import FusionNetwork
from taskfusion.model.tower import TowerBank
from taskfusion.model.variant import VARIANTS, plan_levels

SGEMM_SIZE = 1024


@dataclass(frozen=True)
class Shape:
    """A size of model: T tasks, experts a task, input width, layer widths of the levels and of a tower."""

    num_tasks: int
    task_experts: int
    input_dim: int
    level_dims: tuple[tuple[int, ...], ...]
    tower_dims: tuple[int, ...]


SHAPES = {
    "a": Shape(3, 2, 300, ((128,), (64,)), (32,)),
    "b": Shape(5, 3, 1024, ((256,), (128,)), (64,)),
    "c": Shape(20, 2, 512, ((256,), (128,)), (64,)),
}
TINY = Shape(2, 2, 8, ((6,), (4,)), (3,))


class Trunk(nn.Module):
    """Our fusion network and towers: x [B, D] to logits [B, T]."""

    def __init__(self, network: FusionNetwork, towers: TowerBank) -> None:
        super().__init__()
        self.network, self.towers = network, towers

    def forward(self, x_BD: Tensor) -> Tensor:
        """x [B, D] to logits [B, T]."""
        logits: Tensor = self.towers(self.network(x_BD))
        return logits


def build_pair(shape: Shape, variant: str) -> tuple[Trunk, LoopModel]:
    """Our model and the loop form with the same weights."""
    plans = plan_levels(
        variant,
        num_tasks=shape.num_tasks,
        level_dims=shape.level_dims,
        task_experts=shape.task_experts,
        shared_experts=shape.task_experts,
        num_experts=shape.num_tasks * shape.task_experts,
    )
    network = FusionNetwork(plans, shape.input_dim)
    towers = TowerBank(network.output_dim, shape.tower_dims, [1] * shape.num_tasks)
    loop = LoopModel(plans, shape.input_dim, shape.tower_dims)
    copy_weights(loop, network, towers)
    return Trunk(network, towers), loop


def training_step(model: nn.Module, optimizer: Optimizer, x_BD: Tensor, label_BT: Tensor) -> Callable[[], None]:
    """Forward, backward and update on one batch."""

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        x_BD.grad = None
        functional.binary_cross_entropy_with_logits(model(x_BD), label_BT).backward()
        optimizer.step()

    return step


def compare(shape: Shape, variant: str, batch_size: int, *, rounds: int) -> list[str]:
    """One row of the table: ms of a step of both, the ratio, and the share of sgemm's speed that ours reaches."""
    torch.manual_seed(0)
    ours, loop = build_pair(shape, variant)
    x_BD = torch.randn(batch_size, shape.input_dim, requires_grad=True)
    label_BT = torch.randint(2, (batch_size, shape.num_tasks)).float()
    torch.testing.assert_close(ours(x_BD), loop(x_BD), rtol=1e-5, atol=1e-5)
    with FlopCounterMode(display=False) as counter:
        functional.binary_cross_entropy_with_logits(ours(x_BD), label_BT).backward()
    steps = {
        "ours": training_step(ours, Adam(ours.parameters(), fused=True), x_BD, label_BT),
        "loop": training_step(loop, Adam(loop.parameters()), x_BD, label_BT),
        "sgemm": sgemm(SGEMM_SIZE),
    }
    times = measure(steps, rounds=rounds, warmup=2)
    peak = 2 * SGEMM_SIZE**3 / times["sgemm"].median
    share = counter.get_total_flops() / times["ours"].median / peak
    mine, theirs = times["ours"].median * 1e3, times["loop"].median * 1e3
    return [f"{mine:.1f}", f"{theirs:.1f}", f"{times['ours'].ratio_to(times['loop']):.2f}x", f"{share:.0%}"]


def page(shapes: dict[str, Shape], variants: Sequence[str], batch_sizes: Sequence[int], *, rounds: int) -> str:
    """The table of all shapes, variants and batch sizes."""
    rows = [
        [name, variant, str(size), *compare(shape, variant, size, rounds=rounds)]
        for variant in variants
        for name, shape in shapes.items()
        for size in batch_sizes
    ]
    head = ["shape", "variant", "batch", "ours ms", "loop form ms", "loop / ours", "share of sgemm"]
    return markdown(head, rows)


def run(*, tiny: bool) -> str:
    """The benchmark, or the same on tiny sizes that only show that it runs."""
    if tiny:
        return page({"tiny": TINY}, list(VARIANTS), [4], rounds=1)
    small = page(SHAPES, [name for name in VARIANTS if name not in ("mmoe", "cgc")], [512], rounds=9)
    large = page({name: SHAPES[name] for name in "bc"}, ["adatt-sp"], [4096], rounds=3)
    return f"{small}\n\n{large}"
