"""A model whose segments are known: right on phones and half too high on the web; the baseline knows less."""

from functools import cache

import numpy as np

from taskfusion.evaluate.rows import Floats
from taskfusion.evaluate.segment import SegmentColumn, SegmentedTask, TaskPredictions, segment_tasks
from taskfusion.evaluate.statistic import labelled_rows
from taskfusion.run.record.audit import ModelAudit
from taskfusion.schema.task.binary import BinaryTask

GROUPS, ROWS = 400, 8000


def chance(logit_B: Floats) -> Floats:
    chance_B: Floats = 1 / (1 + np.exp(-logit_B))
    return chance_B


def clicks(
    *, web_factor: float = 1.5, name: str = "click", seed: int = 0, with_baseline: bool = True
) -> tuple[TaskPredictions, list[SegmentColumn]]:
    """Rows of 400 users, half of them on the web, 20 of them on a television; the baseline predicts with noise."""
    rng = np.random.default_rng(seed)
    user_B = rng.integers(0, GROUPS, ROWS)
    device_B = np.where(user_B < 20, 2, user_B % 2)
    logit_B = rng.normal(-1.2, 1, ROWS)
    label_B = (rng.random(ROWS) < chance(logit_B)).astype(np.float32)
    own_B = np.minimum(np.where(device_B == 1, web_factor, 1.0) * chance(logit_B), 0.99)
    rows = labelled_rows(
        BinaryTask(name=name, kind="binary"), label_B, np.ones(ROWS, np.float32), user_B, GROUPS, grouped=True
    )
    others = [chance(logit_B + rng.normal(0, 0.8, ROWS)) for _ in range(2)] if with_baseline else []
    even = SegmentColumn("even", rng.integers(0, 2, ROWS), ("yes", "no"))
    return TaskPredictions(rows, own_B, others), [SegmentColumn("device", device_B, ("phone", "web", "tv")), even]


@cache
def segmented() -> SegmentedTask:
    given, columns = clicks()
    (found,) = segment_tasks([given], columns, resamples=400)
    return found


def audit_of(*tasks: SegmentedTask, baseline: str | None = "separate", learned_rows: int | None = None) -> ModelAudit:
    return ModelAudit(
        run="first",
        baseline=baseline,
        split="test",
        grouped=True,
        clusters=GROUPS,
        confidence=0.95,
        resamples=400,
        learned_rows=learned_rows,
        left_out=("city",),
        tasks=tasks,
    )


def small(name: str = "hide") -> SegmentedTask:
    """A task without a known label."""
    given, columns = clicks(name=name, with_baseline=False)
    none = labelled_rows(given.rows.task, np.zeros(ROWS), np.zeros(ROWS), given.rows.cluster_K, GROUPS, grouped=True)
    (found,) = segment_tasks([TaskPredictions(none, given.own)], columns, resamples=20)
    return found
