"""The towers: one small network per task on top of its fused state, all in one bank.

Axes: B rows, T tasks, O outputs of all tasks (as many as the heads take), H state width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from taskfusion.model.fusion.expert import ExpertBank
from taskfusion.model.head.relation import RelationPlan, TaskRelations
from taskfusion.model.linear import uniform_like_linear
from taskfusion.model.lowered import Linears
from taskfusion.model.rows import run_by_rows


class TowerBank(nn.Module):
    """T towers: hidden layers with ReLU, then a linear layer to the task's outputs.

    Args:
        input_dim: H.
        hidden_dims: widths of the hidden layers; may be empty.
        outputs: per task (T) how many outputs it has.
        dropout: share of what the last layer reads that is dropped in training, 0..1.
        relations: between tasks whose outcomes follow from each other; none: towers know nothing of each other.
    """

    def __init__(
        self,
        input_dim: int,
        hidden_dims: Sequence[int],
        outputs: Sequence[int],
        dropout: float = 0.0,
        relations: Sequence[RelationPlan] = (),
    ) -> None:
        super().__init__()
        dim = [input_dim, *hidden_dims][-1]
        self.widest_layer = len(outputs) * max(input_dim, *hidden_dims, dim)
        self.hidden = ExpertBank([1] * len(outputs), input_dim, hidden_dims)
        self.dropout = nn.Dropout(dropout)
        self.weight_OH = uniform_like_linear(sum(outputs), dim, fan_in=dim)
        self.bias_O = uniform_like_linear(sum(outputs), fan_in=dim)
        self.outputs = list(outputs)
        self.relations = TaskRelations(relations, dim)
        tasks = [task for task, count in enumerate(outputs) for _ in range(count)]
        self.register_buffer("task_O", torch.tensor(tasks, dtype=torch.long), persistent=False)

    task_O: Tensor

    def forward(self, state_BTH: Tensor) -> Tensor:
        """Fused states [B, T, H] to logits [B, O]."""
        return run_by_rows(self._run, state_BTH, self.widest_layer)

    def _run(self, state_BTH: Tensor) -> Tensor:
        hidden_BTH = self.hidden(state_BTH)
        if self.relations.transfers:
            hidden_BTH = torch.stack(self.relations.states(hidden_BTH.unbind(1)), dim=1)
        hidden_BTH = self.dropout(hidden_BTH)
        if len(self.task_O) != hidden_BTH.shape[1]:
            hidden_BTH = hidden_BTH.index_select(1, self.task_O)
        logits_BO: Tensor = (hidden_BTH * self.weight_OH).sum(-1) + self.bias_O
        if self.relations.products:
            logits_BO = torch.cat(self.relations.logits(logits_BO.split(self.outputs, dim=1)), dim=1)
        return logits_BO

    @torch.no_grad()
    def lowered(self) -> "LoweredTowers":
        """The form in which the towers are scored."""
        last = Linears(self.weight_OH, self.bias_O, self.outputs)
        return LoweredTowers(self.hidden.lowered_layers(), self.relations, last)


class LoweredTowers(nn.Module):
    """Towers in the form in which they are scored: one state [B, H] per task to its logits [B, C].

    Args:
        hidden: the hidden layers, with ReLU.
        relations: between tasks.
        last: the layer of the logits.
    """

    def __init__(self, hidden: Sequence[Linears], relations: TaskRelations, last: Linears) -> None:
        super().__init__()
        self.hidden, self.relations, self.last = nn.ModuleList(hidden), relations, last

    def forward(self, states: Sequence[Tensor]) -> list[Tensor]:
        """Logits [B, C] of each task."""
        for layers in self.hidden:
            states = [part.relu() for part in layers(states)]
        return self.relations.logits(self.last(self.relations.states(states)))
