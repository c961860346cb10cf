"""Tasks, labels and predictions of every kind, made from the table of kinds alone."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.schema.kind import Kind
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.schema.task.table import KINDS, Task

Floats = npt.NDArray[np.float64]

OF_ALL = {"name", "kind"}


def tasks_of(name: str) -> list[Task]:
    """The simplest task of a kind, and one for each switch of its spec; a list that must be given holds 3, 1 and 2."""
    fields = KINDS[name].spec.model_fields
    needed = {key: [3, 1, 2] for key, field in fields.items() if field.is_required() and key not in OF_ALL}
    switches: list[dict[str, Any]] = [{key: True} for key, field in fields.items() if field.annotation is bool]
    return [KINDS[name].spec.model_validate({"name": name, "kind": name, **needed, **more}) for more in ({}, *switches)]


TASKS = [task for name in KINDS for task in tasks_of(name)]


def labels(task: Task, rows: int = 400, seed: int = 0) -> Floats:
    """Labels [K] as they are read: indices of values, 0 and 1, or positive numbers."""
    kind: Kind[Any] = KINDS[task.kind]
    generator, values = np.random.default_rng(seed), kind.values(task)
    if values:
        shares = np.arange(1, len(values) + 1) / np.arange(1, len(values) + 1).sum()
        return generator.choice(len(values), rows, p=shares).astype(np.float64)
    if kind.has_positives:
        return (generator.random(rows) < 0.3).astype(np.float64)
    return 5 * generator.random(rows)


def as_logged(task: Task, label_K: Floats) -> pl.Series:
    """Labels as a table holds them."""
    values = KINDS[task.kind].values(task)
    return pl.Series([values[int(label)] for label in label_K] if values else label_K.tolist())


def best_constant(task: Task, known: LabelStatistics) -> Floats:
    """The prediction with the least loss of those that are the same for all rows: a number, or C probabilities."""
    return np.array(known.class_shares or KINDS[task.kind].unlearned(task, np.array(known.mean)))


def perfect(task: Task, label_K: Floats) -> Floats:
    """The predictions [K] or [K, C] that know the labels."""
    values = KINDS[task.kind].values(task)
    return np.eye(len(values))[label_K.astype(int)] if values else label_K


def noisy(task: Task, label_K: Floats, seed: int = 0) -> Floats:
    """Predictions that know less than the labels."""
    kind: Kind[Any] = KINDS[task.kind]
    generator = np.random.default_rng(seed)
    if kind.values(task):
        return generator.dirichlet(np.ones(len(kind.values(task))), len(label_K))
    if kind.has_positives:
        return 0.1 + 0.8 * generator.random(len(label_K))
    return label_K * np.exp(generator.normal(size=len(label_K)))
