"""Time and peak memory of the whole training step against every size, each point in a process of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from benchmarks.point import Point, measure_apart, measure_here
from benchmarks.rounds import markdown
from benchmarks.training_step import Shape
from benchmarks.workload import SMALL, Workload

MIB = 2**20
SECONDS = 2.0
BASE = Workload(Shape(4, 2, 20 * 16 + 10, ((128,), (64,)), (32,)), batch_size=1024, codes=10_000)

Apply = Callable[[Workload, int], Workload]
Measure = Callable[[Workload, int], Point]


def _deep(base: Workload, num_levels: int) -> Workload:
    dims = ((128,),) * (num_levels - 1) + ((64,),)
    return replace(base, shape=replace(base.shape, level_dims=dims))


AXES: Mapping[str, tuple[Sequence[int], Apply]] = {
    "tasks": ((2, 4, 8, 16, 32, 64), lambda base, value: replace(base, shape=replace(base.shape, num_tasks=value))),
    "experts per task": (
        (1, 2, 4, 8),
        lambda base, value: replace(base, shape=replace(base.shape, task_experts=value)),
    ),
    "levels": ((1, 2, 3, 4, 5), _deep),
    "batch size": ((256, 1024, 4096, 16384), lambda base, value: replace(base, batch_size=value)),
    "embedding rows, update dense": (
        (20_000, 200_000, 1_000_000, 3_000_000),
        lambda base, value: replace(base, codes=value // base.num_categorical),
    ),
    "embedding rows, update rowwise-adagrad": (
        (20_000, 200_000, 1_000_000, 3_000_000),
        lambda base, value: replace(base, codes=value // base.num_categorical, update="rowwise-adagrad"),
    ),
}
"""Per size that is varied, while all others stay: its values, and the base with a value."""


def page(base: Workload, axes: Mapping[str, Mapping[int, Workload]], measure: Measure) -> str:
    """A table for each size that is varied, and one for threads."""
    tables = [
        _table(title, {value: measure(workload, 1) for value, workload in workloads.items()})
        for title, workloads in axes.items()
    ]
    return "\n\n".join([*tables, _table("threads", {threads: measure(base, threads) for threads in (1, 2)})])


def run(*, tiny: bool) -> str:
    """All tables; tiny takes the first value of every size, in this process."""
    if tiny:
        axes = {title: {values[0]: apply(SMALL, values[0])} for title, (values, apply) in AXES.items()}
        return page(SMALL, axes, lambda workload, threads: measure_here(workload, seconds=0.0))
    whole = {title: {value: apply(BASE, value) for value in values} for title, (values, apply) in AXES.items()}
    return page(BASE, whole, lambda workload, threads: measure_apart(workload, threads=threads, seconds=SECONDS))


def _table(title: str, found: Mapping[int, Point]) -> str:
    rows = [
        [
            f"{value:,}",
            f"{p.step_seconds * 1e3:.1f}",
            f"{p.sgemm_ratio:.2f}",
            f"{p.peak_bytes / MIB:,.0f}",
        ]
        for value, p in found.items()
    ]
    return markdown([title, "step ms", "step / sgemm", "peak MiB"], rows)
