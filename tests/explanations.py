"""An explanation whose words are known: like rests on click in both seeds; on what click rests seeds disagree."""

import numpy as np

from attribution_records import ATTRIBUTION, changed, columns
from taskfusion.evaluate.agreement import SeedFigure, agreement, is_steady, seed_figure
from taskfusion.run.record.explain import EdgeRecord, ExplainRecord, TaskUse, UsePart, UseRecord


def change(*by_seed: float, half: float = 0.1) -> SeedFigure:
    """A change of a loss with an interval."""
    mean = sum(by_seed) / len(by_seed)
    return SeedFigure(mean=mean, low=mean - half, high=mean + half, by_seed=by_seed, steady=is_steady(by_seed))


def edge(level: int | None, target: str, source: str, *by_seed: float) -> EdgeRecord:
    """An edge with this dependence."""
    return EdgeRecord(
        level=level,
        target=target,
        source=source,
        own=target == source,
        even=0.5,
        weight=seed_figure([0.6 + 0.01 * one for one in by_seed], even=0.5),
        dependence=change(*by_seed),
        contribution=None if level is None else seed_figure([10 * one for one in by_seed]),
    )


EDGES = tuple(
    edge(level, *one)
    for level in (None, 1, 2)
    for one in (
        ("click", "click", 20.0, 22.0),
        ("click", "like", -0.5, 0.6),
        ("like", "click", 3.0, 2.0),
        ("like", "like", 8.0, 9.0),
    )
)
PART = UsePart(
    segment=None,
    rows=1000,
    too_small=(),
    edges=EDGES,
    tasks=(
        TaskUse(target="click", others=change(-0.5, 0.6), gates={1: seed_figure([1.0, 2.0])}),
        TaskUse(target="like", others=change(3.0, 2.0), gates={}),
    ),
    agreement=(agreement(None, "dependence", np.array([[-0.5, 3.0], [0.6, 2.0]])),),
)
SMALL = UsePart(segment="old", rows=20, too_small=("like",), edges=EDGES[:4], tasks=PART.tasks, agreement=())
USE = UseRecord(
    owned=True,
    parts=(PART, SMALL),
    other_segments=2,
    contribution_rows=1000,
    steps=16,
    completeness_error=0.004,
)
RECORD = ExplainRecord(
    name="e",
    runs=("a", "b"),
    variant="adatt-sp",
    seeds=(0, 1),
    table="the test table",
    tasks=("click", "like"),
    rows=1000,
    groups=100,
    grouped=True,
    resamples=1000,
    confidence=0.95,
    segment="age",
    trees=False,
    use=USE,
    attribution=changed(ATTRIBUTION, tasks=tuple(changed(columns(0.9), task=name) for name in ("click", "like"))),
    row=None,
)
