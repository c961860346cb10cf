"""Write the graphs of a model, and see that ONNX Runtime computes with them what the model does."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.record import write_artifact
from taskfusion.data.batch import Batch
from taskfusion.data.layout import InputLayout
from taskfusion.model.multitask import LoweredTrunk, MultiTaskModel
from taskfusion.schema.schema import Schema
from taskfusion.serve.bundle_files import SCORER
from taskfusion.serve.engine import Engine
from taskfusion.serve.export.graph import ShareGraph, WholeGraph
from taskfusion.serve.export.split import SplitModel, split_model
from taskfusion.serve.export.tensors import random_batch, take, varying_axes, whole_batch
from taskfusion.serve.export.trees import write_trees
from taskfusion.serve.export.writer import OPSET, GraphWriter
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.interface import (
    CANDIDATES,
    ITEM,
    ITEM_SHARE,
    MODEL,
    REQUEST,
    REQUEST_SHARE,
    ROWS,
    SHARE,
    TREES,
    TREES_GRAPH,
)
from taskfusion.serve.record import GraphOutput, ReaderWidth, ScorerRecord, SplitGraphs
from taskfusion.serve.session import Array
from taskfusion.trees.bank import TreeBank

TOLERANCE = 1e-4
"""Largest difference to the model, over 1 + |prediction|, that is taken for rounding, which gives about 1e-6."""

_SAMPLE_ROWS = 9


def write_engine(
    model: MultiTaskModel,
    layout: InputLayout,
    schema: Schema,
    directory: Path,
    trees: TreeBank | None = None,
    score: Mapping[str, float] = MappingProxyType({}),
) -> float:
    """Write graphs and scorer.json into a directory, and check them.

    Args:
        model: on the CPU, in evaluation mode.
        layout: its encoded inputs.
        schema: names its tasks, and says whom each feature describes.
        directory: it may hold files already, which then count for the fingerprint.
        trees: the trees that the model predicts together with; None: there are none.
        score: weights of the predictions that candidates are ordered by; empty: the first one.

    Returns:
        The largest difference between ONNX Runtime and the model, over 1 + |prediction|, all ways of scoring.

    Raises:
        RunError: ONNX Runtime does not compute what the model does.
    """
    trunk = model.lowered()
    whole = WholeGraph(model, trunk, GraphInputs.of(layout, {f.name for f in schema.features})).eval()
    if trees is not None:
        write_trees(trees, whole.inputs, directory / TREES_GRAPH)
    split, not_split = _try_split(model, trunk, layout, schema)
    record = ScorerRecord(
        opset=OPSET,
        fingerprint=_fingerprint(model, directory),
        inputs=whole.inputs.records(),
        outputs=[GraphOutput(name=task.name, columns=list(task.prediction_names)) for task in schema.tasks],
        has_trees=trees is not None,
        split=None if split is None else _split_record(split, trunk),
        not_split=not_split,
        score=dict(score),
    )
    writer = GraphWriter(directory)
    batch = random_batch(layout, _SAMPLE_ROWS, torch.Generator().manual_seed(1))
    _write_features(writer, MODEL, whole, batch, schema.task_names)
    if split is not None:
        _write_split(writer, list(trunk.readers), split, batch, schema.task_names)
    write_artifact(directory / SCORER, record)
    difference = _largest_difference(whole, split, layout, Engine(directory, record))
    if not difference <= TOLERANCE:
        raise RunError(
            f"ONNX Runtime should compute what the model does, but differs by {difference:.1e} of the predictions; "
            f"score with taskfusion predict instead, and report this with the experiment file"
        )
    return difference


def _try_split(
    model: MultiTaskModel, trunk: LoweredTrunk, layout: InputLayout, schema: Schema
) -> tuple[SplitModel | None, str | None]:
    """The parts, or why there are none."""
    if model.ensemble is not None:
        return (
            None,
            "trees read what a request says and what an item says together; train with ensemble.trees=false to have "
            "item rows",
        )
    try:
        return split_model(model, trunk, layout, schema), None
    except ExperimentError as error:
        return None, str(error)


def _split_record(split: SplitModel, trunk: LoweredTrunk) -> SplitGraphs:
    widths = {name: len(reader.bias_P) for name, reader in trunk.readers.items()}
    return SplitGraphs(
        request_inputs=split.request.inputs.records(),
        item_inputs=split.item.inputs.records(),
        candidate_inputs=[] if split.candidates.own is None else split.candidates.own.inputs.records(),
        readers=[ReaderWidth(name=name, width=width) for name, width in widths.items()],
        bytes_per_item=4 * sum(widths.values()),
    )


def _fingerprint(model: MultiTaskModel, directory: Path) -> str:
    """By what the model, and the files that stand beside its graphs, are known again."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    for file in sorted(path for path in directory.rglob("*") if path.is_file()):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _write_features(
    writer: GraphWriter, file: str, graph: WholeGraph | ShareGraph, batch: Batch, outputs: Sequence[str]
) -> None:
    """A graph of features; rows and places of bags vary."""
    rows, names = torch.export.Dim("B"), graph.inputs.names
    axes = varying_axes(names, rows)
    taken = take(graph.inputs, batch)
    if isinstance(graph, WholeGraph) and graph.trunk.mixture is not None:
        logits_BS = torch.zeros(len(batch), sum(graph.trunk.mixture.sizes))
        taken, names, axes = (*taken, logits_BS), [*names, TREES], [*axes, {0: rows}]
    writer.write(file, graph, (taken,), dynamic=(tuple(axes),), inputs=names, outputs=outputs)


def _write_split(
    writer: GraphWriter, names: Sequence[str], split: SplitModel, batch: Batch, outputs: Sequence[str]
) -> None:
    """The three graphs of a model that is split; names are those of the readers of x."""
    for file, part in ((REQUEST, split.request), (ITEM, split.item)):
        _write_features(writer, file, part, batch, [f"{SHARE}{name}" for name in names])
    with torch.no_grad():
        request, items = (part(take(part.inputs, batch)) for part in (split.request, split.item))
    candidates, rows = split.candidates, torch.export.Dim("B")
    taken: tuple[Any, ...] = (tuple(share[:1] for share in request), tuple(items), torch.arange(_SAMPLE_ROWS - 1))
    axes: tuple[Any, ...] = (tuple({} for _ in request), tuple({0: torch.export.Dim("I")} for _ in items), {0: rows})
    inputs = [*(f"{REQUEST_SHARE}{n}" for n in names), *(f"{ITEM_SHARE}{n}" for n in names), ROWS]
    if candidates.own is not None:
        own = candidates.own.inputs
        taken, axes = (*taken, take(own, batch.rows(slice(1, None)))), (*axes, tuple(varying_axes(own.names, rows)))
        inputs += own.names
    writer.write(CANDIDATES, candidates, taken, dynamic=axes, inputs=inputs, outputs=outputs)


@torch.no_grad()
def _largest_difference(whole: WholeGraph, split: SplitModel | None, layout: InputLayout, engine: Engine) -> float:
    """Between the model and ONNX Runtime on random rows, all ways of scoring."""
    model, batch = whole.model, random_batch(layout, _SAMPLE_ROWS, torch.Generator().manual_seed(2))
    first = batch.rows(slice(0, 1))
    found = [
        _difference(model.predict(rows), engine.predict(whole.inputs.feed(rows.numpy()))) for rows in (first, batch)
    ]
    if split is not None:
        request, item = split.request.inputs, split.item.inputs
        repeated = batch.rows(torch.zeros(_SAMPLE_ROWS, dtype=torch.long))
        candidates = whole_batch(item, take(item, batch), elsewhere=repeated)
        own: dict[str, Array] = {}
        if split.candidates.own is not None:
            inputs = split.candidates.own.inputs
            candidates, own = whole_batch(inputs, take(inputs, batch), elsewhere=candidates), inputs.feed(batch.numpy())
        shares = engine.request_share(request.feed(first.numpy())), engine.item_share(item.feed(batch.numpy()))
        scores = engine.candidates(*shares, np.arange(_SAMPLE_ROWS), own)
        found.append(_difference(model.predict(candidates), scores))
    return max(found)


def _difference(expected: Sequence[Tensor], found: Sequence[Array]) -> float:
    pairs = [(one.double().numpy(), other) for one, other in zip(expected, found, strict=True)]
    return max(float(np.max(np.abs(other - one) / (1 + np.abs(one)))) for one, other in pairs)
