"""One training step of fusion network and towers, against the same maths in loop form with plain Adam.

The input needs a gradient, as it does above embeddings. Each side runs in a process of its own: ours sets malloc up as
training does, the loop form has its defaults.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam, Optimizer
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.loop_form import LoopModel, copy_weights
from benchmarks.rounds import markdown, sgemm
from benchmarks.worker import Worker, measure_workers
from taskfusion.model.fusion.network import FusionNetwork
from taskfusion.model.head.tower import TowerBank
from taskfusion.train.memory import keep_freed_memory
from taskfusion.variants.family.base import NetworkShape
from taskfusion.variants.table import VARIANTS, plan_levels

SGEMM_SIZE = 1024
CHECKED_ROWS = 64
JOINED = ("mmoe", "cgc")  # over two levels of one layer they are one level of two
HEAD = (
    "shape",
    "variant",
    "batch",
    "ours ms",
    "loop form ms",
    "loop / ours",
    "share of sgemm",
    "ours peak MiB",
    "loop form peak MiB",
)


@dataclass(frozen=True)
class Shape:
    """A size of model: T tasks, experts per task, input width, layer widths of the levels and of a tower."""

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


@dataclass(frozen=True)
class Rounds:
    """How often each side takes its turn, and the steps that it takes in one."""

    count: int
    steps: int


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
        NetworkShape(
            num_tasks=shape.num_tasks,
            level_dims=shape.level_dims,
            task_experts=shape.task_experts,
            shared_experts=shape.task_experts,
            num_experts=shape.num_tasks * shape.task_experts,
        ),
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


def ours_step(shape: Shape, variant: str, batch_size: int) -> Callable[[], None]:
    """Our step as training runs it: fused Adam, and malloc that keeps freed memory."""
    keep_freed_memory()
    ours, _ = build_pair(shape, variant)
    return training_step(ours, Adam(ours.parameters(), fused=True), *batch(shape, batch_size))


def loop_step(shape: Shape, variant: str, batch_size: int) -> Callable[[], None]:
    """The loop form's step: plain Adam, malloc as it is."""
    _, loop = build_pair(shape, variant)
    return training_step(loop, Adam(loop.parameters()), *batch(shape, batch_size))


def batch(shape: Shape, batch_size: int) -> tuple[Tensor, Tensor]:
    """x [B, D] and labels [B, T] of random rows."""
    x_BD = torch.randn(batch_size, shape.input_dim, requires_grad=True)
    return x_BD, torch.randint(2, (batch_size, shape.num_tasks)).float()


def step_flops(shape: Shape, variant: str, batch_size: int) -> int:
    """Operations of the matrix products of forward and backward pass."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        ours, _ = build_pair(shape, variant)
        x_BD, label_BT = batch(shape, batch_size)
        functional.binary_cross_entropy_with_logits(ours(x_BD), label_BT).backward()
    return int(counter.get_total_flops())


def require_same(shape: Shape, variant: str) -> None:
    """Both sides give the same logits.

    Raises:
        AssertionError: they do not.
    """
    ours, loop = build_pair(shape, variant)
    x_BD, _ = batch(shape, CHECKED_ROWS)
    torch.testing.assert_close(ours(x_BD), loop(x_BD), rtol=1e-5, atol=1e-5)


def compare(shape: Shape, variant: str, batch_size: int, rounds: Rounds) -> list[str]:
    """One row of the table: ms of a step of both, the ratio, share of sgemm's speed, and peak memory of both."""
    torch.manual_seed(0)
    require_same(shape, variant)
    size = (shape, variant, batch_size)
    with (
        Worker(partial(ours_step, *size), rounds.steps) as ours,
        Worker(partial(loop_step, *size), rounds.steps) as loop,
        Worker(partial(sgemm, SGEMM_SIZE)) as product,
    ):
        times = measure_workers({"ours": ours, "loop": loop, "sgemm": product}, rounds=rounds.count, warmup=1)
    mine, theirs = times["ours"].median, times["loop"].median
    share = step_flops(*size) / mine * times["sgemm"].median / (2 * SGEMM_SIZE**3)
    ratio = times["ours"].ratio_to(times["loop"])
    speed = [f"{mine * 1e3:.1f}", f"{theirs * 1e3:.1f}", f"{ratio:.2f}x", f"{share:.0%}"]
    return [*speed, f"{ours.peak_mib:.0f}", f"{loop.peak_mib:.0f}"]


def page(shapes: Mapping[str, Shape], variants: Sequence[str], batch_size: int, rounds: Rounds) -> str:
    """The table of all shapes and variants."""
    rows = [
        [name, variant, str(batch_size), *compare(shape, variant, batch_size, rounds)]
        for variant in variants
        for name, shape in shapes.items()
    ]
    return markdown(HEAD, rows)


def run(*, tiny: bool) -> str:
    """The benchmark, or the same on tiny sizes that only show that it runs."""
    if tiny:
        return page({"tiny": TINY}, list(VARIANTS), 4, Rounds(1, steps=1))
    small = page(SHAPES, [name for name in VARIANTS if name not in JOINED], 512, Rounds(5, steps=2))
    large = page({name: SHAPES[name] for name in "bc"}, ["adatt-sp", "ple", "ml-mmoe"], 4096, Rounds(3, steps=1))
    return f"{small}\n\n{large}"
