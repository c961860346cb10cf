"""Permutation importance: by how much each task's loss rises when one column's values are shuffled among the rows.

Breiman, Random Forests, Machine Learning 2001, section 10; Fisher, Rudin, Dominici, All Models are Wrong, but Many are
Useful, JMLR 2019. Axes: B rows, K rows with a known label, F columns of ids, N columns of numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout
from taskfusion.evaluate.comparison import paired_interval
from taskfusion.evaluate.importance import FeatureImportance
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.task.table import Task, kind_of

CONFIDENCE: Final = 0.95
_CHUNK: Final = 8192  # rows in memory together


@dataclass
class Columns:
    """Where the values of one column of the table stand in encoded rows: columns of ids and numbers, places of bags."""

    ids: list[int] = field(default_factory=list)
    bags: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def shuffled(self, batch: Batch, order_B: Tensor) -> Batch:
        """The batch with the values of these columns in another order of rows."""
        ids_BF, numeric_BN = batch.ids_BF.clone(), batch.numeric_BN.clone()
        ids_BF[:, self.ids] = batch.ids_BF[order_B][:, self.ids]
        numeric_BN[:, self.numbers] = batch.numeric_BN[order_B][:, self.numbers]
        bags = tuple(bag[order_B] if place in self.bags else bag for place, bag in enumerate(batch.bags))
        return replace(batch, ids_BF=ids_BF, bags=bags, numeric_BN=numeric_BN)


def columns_by_source(layout: InputLayout, sources: Mapping[str, str]) -> dict[str, Columns]:
    """By column of the table, where its values stand.

    Args:
        layout: of the encoded rows.
        sources: by feature, the column of the table that it reads.
    """
    found: dict[str, Columns] = {}
    for names, kind in ((layout.id_names, "ids"), (layout.bag_names, "bags"), (layout.numeric_features, "numbers")):
        for place, name in enumerate(names):
            getattr(found.setdefault(sources[name], Columns()), kind).append(place)
    return found


def sampled_rows(batches: Iterable[Batch], num_rows: int, wanted: int, seed: int) -> Batch:
    """As many rows as are wanted, or all, drawn evenly from batches of so many rows together; at least one."""
    generator = np.random.default_rng(seed)
    chosen = np.sort(generator.choice(num_rows, min(wanted, num_rows), replace=False))
    parts, start = [], 0
    for batch in batches:
        inside = chosen[(chosen >= start) & (chosen < start + len(batch))] - start
        parts.append(batch.rows(torch.from_numpy(inside)))
        start += len(batch)
    return _joined(parts)


def permutation_importance(
    model: MultiTaskModel,
    batch: Batch,
    columns: Mapping[str, Columns],
    tasks: Sequence[Task],
    *,
    repeats: int,
    seed: int,
) -> list[FeatureImportance]:
    """The importance of every column for every task that has a known label and a loss above 0.

    Args:
        model: predicts, in evaluation mode.
        batch: rows with labels.
        columns: by column of the table, where its values stand.
        tasks: of the model.
        repeats: shuffles of each column, at least two.
        seed: of the shuffles.
    """
    whole = _losses(model, batch, tasks)
    generator = torch.Generator().manual_seed(seed)
    found = []
    for source, places in columns.items():
        shuffles = [
            _losses(model, places.shuffled(batch, torch.randperm(len(batch), generator=generator)), tasks)
            for _ in range(repeats)
        ]
        rises = {
            task: paired_interval([100 * (one[task] / loss - 1) for one in shuffles], CONFIDENCE)
            for task, loss in whole.items()
            if loss > 0
        }
        found.append(FeatureImportance(feature=source, tasks=rises))
    return found


def _losses(model: MultiTaskModel, batch: Batch, tasks: Sequence[Task]) -> dict[str, float]:
    """The weighted mean loss of every task of which a label is known."""
    device = next(model.parameters()).device
    parts: list[list[np.ndarray]] = [[] for _ in tasks]
    with torch.inference_mode():
        for start in range(0, len(batch), _CHUNK):
            for index, predicted in enumerate(model.predict(batch.rows(slice(start, start + _CHUNK)).to(device))):
                parts[index].append(predicted.cpu().numpy())
    losses: dict[str, float] = {}
    for index, task in enumerate(tasks):
        weight_B = batch.weight_BT[:, index].numpy().astype(np.float64)
        known_B = weight_B > 0
        if known_B.any():
            prediction_K = np.concatenate(parts[index])[known_B].astype(np.float64)
            label_K = batch.label_BT[:, index].numpy()[known_B].astype(np.float64)
            loss_K = kind_of(task).row_loss(task, prediction_K, label_K)
            losses[task.name] = float(np.average(loss_K, weights=weight_B[known_B]))
    return losses


def _joined(parts: Sequence[Batch]) -> Batch:
    """The rows of all parts; lists are filled up with padding to the longest."""
    bags = []
    for place in range(len(parts[0].bags)):
        longest = max(part.bags[place].shape[1] for part in parts)
        filled = [torch.nn.functional.pad(bag, (0, longest - bag.shape[1])) for bag in (p.bags[place] for p in parts)]
        bags.append(torch.cat(filled))
    return Batch(
        ids_BF=torch.cat([part.ids_BF for part in parts]),
        bags=tuple(bags),
        numeric_BN=torch.cat([part.numeric_BN for part in parts]),
        label_BT=torch.cat([part.label_BT for part in parts]),
        weight_BT=torch.cat([part.weight_BT for part in parts]),
        group_B=_together([part.group_B for part in parts]),
    )


def _together(parts: Sequence[Tensor | None]) -> Tensor | None:
    """None where a part has none."""
    known = [part for part in parts if part is not None]
    return torch.cat(known) if len(known) == len(parts) else None
