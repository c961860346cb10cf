"""Tasks, labels and predictions of every kind, made from the table of kinds alone."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
import torch

from taskfusion.data.label import LabelCount
from taskfusion.model.head.base import Head
from taskfusion.schema.kind import Kind
from taskfusion.schema.schema import Schema
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


def _switches(task: Task) -> list[str]:
    return [key for key, value in task.model_dump().items() if value is True]


of_every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: "-".join([task.kind, *_switches(task)]))


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


def statistics(task: Task, label_K: np.ndarray) -> LabelStatistics:
    count = LabelCount(Schema.model_validate({"features": [{"name": "x", "kind": "numeric"}], "tasks": [task]}))
    count.add(label_K[:, None].astype(np.float32), np.ones((len(label_K), 1), np.float32))
    (found,) = count.statistics()
    return found


def learn(head: Head, label_K: np.ndarray, group_K: np.ndarray) -> torch.Tensor:
    """Outputs [K, O] with the least loss of those that are alike in each group of rows; the head learns too."""
    output_GO = torch.zeros(group_K.max() + 1, head.num_outputs, requires_grad=True)
    optimizer = torch.optim.LBFGS([output_GO, *head.parameters()], max_iter=200, line_search_fn="strong_wolfe")
    label_B = torch.from_numpy(label_K).float()

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = head.row_loss(head.logits(output_GO[group_K]), label_B).mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    return output_GO.detach()[group_K]
