"""What the loss of a task would be without an edge: the source's experts are masked, and the gate shared out anew.

The model stays as it is otherwise: it was trained with the edge. So this says what the model rests on, and not what a
model that was trained without the edge would do. Axes: B rows, U units, E experts, O outputs, S logits of all tasks.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from taskfusion.data.batch import Batch
from taskfusion.evaluate.rows import Floats
from taskfusion.explain.edge import Cut, Edge
from taskfusion.explain.fusion import mixing_levels
from taskfusion.model.fusion.level import FusionLevel
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.task.table import Task, kind_of

_CHUNK: Final = 4096  # rows in memory together


@contextmanager
def removed(levels: Mapping[int, FusionLevel], cuts: Sequence[Cut]) -> Iterator[None]:
    """While it lasts, units of a model do without some of their experts.

    Softmax gates share their weight out anew among the experts that are left; a gate without softmax, and the native
    residual, lose the weights of the experts and keep the others. A unit that is left with no expert takes nothing.

    Args:
        levels: of the model, by number.
        cuts: which units do without which experts.
    """
    with ExitStack() as stack:
        for cut in cuts:
            level = levels[cut.level]
            change = partial(_masked, cut=cut, renormalised=level.plan.gate.is_softmax)
            stack.enter_context(_hooked(level.gate, change))
            if level.native is not None:
                stack.enter_context(_hooked(level.native, partial(_masked, cut=cut, renormalised=False)))
        yield


@contextmanager
def _hooked(module: nn.Module, change: Any) -> Iterator[None]:  # noqa: ANN401  a function of a tensor
    handle = module.register_forward_hook(lambda module, given, output: change(output))
    try:
        yield
    finally:
        handle.remove()


def _masked(weight: Tensor, cut: Cut, *, renormalised: bool) -> Tensor:
    """Weights [B, U, E] or [U, E] with those of a cut at 0."""
    changed = weight.clone()
    row = changed[..., cut.unit, :]
    before = row.sum(-1, keepdim=True)
    row[..., list(cut.experts)] = 0.0
    if renormalised:
        row *= before / row.sum(-1, keepdim=True).clamp_min(torch.finfo(row.dtype).tiny)
    return changed


@dataclass(frozen=True)
class EdgeLosses:
    """Losses of rows; 0 where a label is not known.

    Args:
        whole: of the model as it is, [B] per task.
        without: of the target of each edge without it, [B] per edge.
    """

    whole: list[Floats]
    without: list[Floats]


def edge_losses(model: MultiTaskModel, batch: Batch, tasks: Sequence[Task], edges: Sequence[Edge]) -> EdgeLosses:
    """The loss of every row with and without every edge.

    Args:
        model: predicts, in evaluation mode; trees beside it predict as they are.
        batch: rows with labels, on the CPU.
        tasks: of the model.
        edges: of the model.
    """
    found = EdgeLosses([np.zeros(len(batch)) for _ in tasks], [np.zeros(len(batch)) for _ in edges])
    levels, device = mixing_levels(model), next(model.parameters()).device
    with torch.inference_mode():
        for start in range(0, len(batch), _CHUNK):
            rows = slice(start, start + _CHUNK)
            part = batch.rows(rows)
            on_device, trees_BS = part.to(device), _of_trees(model, part)
            x = model.network_input(on_device)

            def losses(output_BO: Tensor, index: int, part: Batch = part, trees_BS: Tensor | None = trees_BS) -> Floats:
                return _row_losses(tasks[index], _prediction(model, output_BO, trees_BS, index), part, index)

            whole_BO = model.trunk(x)
            for index in range(len(tasks)):
                found.whole[index][rows] = losses(whole_BO, index)
            for place, edge in enumerate(edges):
                with removed(levels, edge.cuts):
                    below = any(cut.level == 0 for cut in edge.cuts)
                    output_BO = model(on_device) if below else model.trunk(x)
                found.without[place][rows] = losses(output_BO, edge.target)
    return found


def _of_trees(model: MultiTaskModel, batch: Batch) -> Tensor | None:
    if model.ensemble is None:
        return None
    return torch.from_numpy(model.ensemble.trees.logits(batch.numpy())).to(next(model.parameters()).device)


def _prediction(model: MultiTaskModel, output_BO: Tensor, trees_BS: Tensor | None, index: int) -> Floats:
    logits = model.by_task(output_BO)
    if model.ensemble is not None and trees_BS is not None:
        logits = model.ensemble.mixture(logits, trees_BS)
    predicted: Floats = model.heads[index].predict(logits[index]).cpu().numpy().astype(np.float64)
    return predicted


def _row_losses(task: Task, prediction: Floats, batch: Batch, index: int) -> Floats:
    known_B = batch.weight_BT[:, index].numpy() > 0
    loss_B = np.zeros(len(batch))
    label_K = batch.label_BT[:, index].numpy()[known_B].astype(np.float64)
    loss_B[known_B] = kind_of(task).row_loss(task, prediction[known_B], label_K)
    return loss_B
