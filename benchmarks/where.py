"""Where the time of a training step goes: data, embedding, experts, gates, mixing, towers, loss, optimizer."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.figure import DARK, PALE, Bar, Part, stacked_bars
from benchmarks.parts import PARTS, profile_parts
from benchmarks.rounds import markdown
from benchmarks.training_step import SHAPES
from benchmarks.workload import LARGE_TABLES, SMALL, Workload, shuffled

FIGURE = Path(__file__).parents[1] / "docs" / "images" / "where-time-goes.svg"
STEPS = 6
WORKLOADS = {
    **{f"{name}, batch 512": Workload(shape) for name, shape in SHAPES.items()},
    "c, batch 4096": Workload(SHAPES["c"], 4096),
    "3 M rows, dense": replace(LARGE_TABLES, update="dense"),
    "3 M rows, row-wise": LARGE_TABLES,
}
STYLES = dict(
    zip(
        PARTS,
        (
            Part("#56B4E9", DARK),
            Part("#E69F00", DARK),
            Part("#0072B2", PALE),
            Part("#009E73", PALE),
            Part("#CC79A7", DARK),
            Part("#F0E442", DARK),
            Part("#52606d", PALE),
            Part("#D55E00", PALE),
            Part("#cbd2d9", DARK),
        ),
        strict=True,
    )
)


def measure(workloads: Mapping[str, Workload], *, steps: int) -> list[Bar]:
    """One bar a workload."""
    bars = []
    for name, workload in workloads.items():
        torch.manual_seed(0)
        seconds = profile_parts(workload.step(), shuffled(workload.dataset(), workload.batch_size), steps=steps)
        whole = sum(seconds.values())
        bars.append(Bar(name, f"{whole * 1e3:.0f} ms per step", {part: s / whole for part, s in seconds.items()}))
    return bars


def run(*, tiny: bool) -> str:
    """The figure, which is written to docs/images, and its numbers as a table."""
    bars = measure({"tiny": SMALL} if tiny else WORKLOADS, steps=1 if tiny else STEPS)
    table = markdown(
        ["model", *PARTS], [[bar.label, *(f"{share:.1%}" for share in bar.shares.values())] for bar in bars]
    )
    if tiny:
        return table
    FIGURE.write_text(stacked_bars("Where the time of a training step goes", STYLES, bars), encoding="utf-8")
    return f"![Share of each part in the time of a step](images/{FIGURE.name})\n\n{table}"
