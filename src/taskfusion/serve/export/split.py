"""A model cut into what a request says, what an item says, and what only both together say.

The roles of the schema tell them apart: features of users and of the context are the request's, the same for all of its
candidates; features of items are the same in all requests; those of the role candidate, such as an item's age at the
request, are neither.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch

from taskfusion.base.errors import ExperimentError
from taskfusion.data.layout import InputLayout
from taskfusion.model.input.layer import InputLayer
from taskfusion.model.multitask import LoweredTrunk, MultiTaskModel
from taskfusion.schema.schema import Schema
from taskfusion.serve.export.graph import CandidatesGraph, ShareGraph
from taskfusion.serve.export.tensors import part_batch, random_batch, take
from taskfusion.serve.inputs import GraphInputs, Side, features_of

_PROBE_ROWS = 8


@dataclass(frozen=True)
class SplitModel:
    """The three graphs of a model: candidates(request(r), item(i), rows, features) are the model's predictions.

    Attributes:
        request: features of user and context to their share, biases included.
        item: features of items to their share.
        candidates: both shares, and the features of the role candidate, to predictions.
    """

    request: ShareGraph
    item: ShareGraph
    candidates: CandidatesGraph


def split_model(model: MultiTaskModel, trunk: LoweredTrunk, layout: InputLayout, schema: Schema) -> SplitModel:
    """Cut a model; the graphs share its weights.

    Args:
        model: the model.
        trunk: its lowered trunk.
        layout: its encoded inputs.
        schema: says whom each feature describes.

    Raises:
        ExperimentError: the model cannot be cut; the message says why.
    """
    sides: list[Side] = ["request", "item", "candidate"]
    features = {side: features_of(schema, side) for side in sides}
    if not features["request"] or not features["item"]:
        raise ExperimentError(
            "a model can be split where some features have the role item and others user or context, but here all "
            f"have the role {'item or candidate' if not features['request'] else 'user, context or candidate'}"
        )
    parts = {}
    for side in sides:
        if features[side]:
            inputs, runs = GraphInputs.of(layout, features[side]), column_runs(model, features[side])
            part = model.input_part(layout.part(features[side]))
            _require_apart(model, part, inputs, runs, side)
            parts[side] = ShareGraph(part, trunk.readers, inputs, runs, bias=side == "request").eval()
    return SplitModel(parts["request"], parts["item"], CandidatesGraph(trunk, parts.get("candidate")).eval())


def column_runs(model: MultiTaskModel, features: Collection[str]) -> list[tuple[int, int]]:
    """Neighbouring columns of x that come from these features, from and to, in order."""
    runs: list[tuple[int, int]] = []
    start = 0
    for field in model.fields:
        stop = start + field.dim
        if field.feature in features:
            joins = runs and runs[-1][1] == start
            runs[-1:] = [(runs[-1][0], stop)] if joins else [*runs[-1:], (start, stop)]
        start = stop
    return runs


@torch.no_grad()
def _require_apart(
    model: MultiTaskModel, part: InputLayer, inputs: GraphInputs, runs: Sequence[tuple[int, int]], name: str
) -> None:
    """Raises ExperimentError where the columns of x that a side gives are not those of its features alone."""
    batch = random_batch(inputs.layout, _PROBE_ROWS, torch.Generator().manual_seed(0))
    width = sum(field.dim for field in model.fields)
    whole, alone = model.network_input(batch), part(part_batch(take(inputs, batch), inputs))
    alone = alone.unsqueeze(1).expand(-1, whole.shape[1], -1) if alone.dim() < whole.dim() else alone
    if whole.shape[-1] == width:
        found = torch.cat([whole[..., start:stop] for start, stop in runs], dim=-1)
    if whole.shape[-1] != width or not torch.allclose(found, alone, rtol=1e-5, atol=1e-6):
        raise ExperimentError(
            f"a model can be split where each column of the fusion network's input comes from one feature, but here "
            f"columns of {name} features also change with other features, or features are combined before the network"
        )
