"""A trained model as a directory that scores without it: ONNX graphs, encoder and schema, checked before it is named.

| file | content |
| --- | --- |
| `scorer.json` | format, opset, inputs and outputs of the graphs, fingerprint of the model |
| `schema.json`, `encoder/` | what a table means, and how it is encoded |
| `model.onnx` | all features to predictions |
| `request.onnx`, `item.onnx`, `candidates.onnx` | the same in three parts (split.py), where the model can be split |
| `weights.bin` | weights of 1 MiB and more, once for all graphs |
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from taskfusion import __version__
from taskfusion.data.batch import Batch, InputLayout
from taskfusion.data.encode import FeatureEncoder
from taskfusion.errors import ExperimentError, RunError
from taskfusion.files import atomic_directory, write_json
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema import Schema
from taskfusion.serve.engine import (
    CANDIDATES,
    FORMAT,
    ITEM,
    ITEM_SHARE,
    MANIFEST,
    MODEL,
    REQUEST,
    REQUEST_SHARE,
    ROWS,
    Engine,
)
from taskfusion.serve.graph import ShareGraph, WholeGraph, input_readers
from taskfusion.serve.inputs import BAG, GraphInputs, random_batch
from taskfusion.serve.onnx import OPSET, Array, GraphWriter, load_extra
from taskfusion.serve.split import SplitModel, split_model

TOLERANCE = 1e-4
"""Largest difference to the model, over 1 + |prediction|, that is taken for rounding, which gives about 1e-6."""

_SAMPLE_ROWS = 9


@dataclass(frozen=True)
class Export:
    """What an export wrote.

    Attributes:
        path: the directory.
        seconds: what it took.
        num_bytes: of all files.
        difference: largest difference to the model that was found, over 1 + |prediction|.
        bytes_per_item: of item rows; None where the model could not be split.
        not_split: why it could not be.
    """

    path: Path
    seconds: float
    num_bytes: int
    difference: float
    bytes_per_item: int | None
    not_split: str | None


def export_model(model: MultiTaskModel, encoder: FeatureEncoder, schema: Schema, path: Path) -> Export:
    """Write a model's directory, whole or not at all.

    Args:
        model: on the CPU, in evaluation mode.
        encoder: of its features.
        schema: of its table.
        path: the directory to make.

    Raises:
        ExperimentError: a package of the extra "export" is missing.
        RunError: something is at the path, or ONNX Runtime does not compute what the model does.
    """
    if path.exists():
        raise RunError(f"'{path}' exists already; name another directory with --out")
    for package in ("onnx", "onnxscript", "onnxruntime"):
        load_extra(package)
    start = time.perf_counter()
    layout = encoder.layout
    split, not_split = _try_split(model, layout, schema)
    with atomic_directory(path) as temporary:
        encoder.save(temporary / "encoder")
        write_json(temporary / "schema.json", schema.model_dump(mode="json"))
        manifest = {
            "format": FORMAT,
            "taskfusion": __version__,
            "opset": OPSET,
            "fingerprint": _fingerprint(model, temporary),
            "inputs": GraphInputs.of(layout, {f.name for f in schema.features}).columns(),
            "outputs": [{"name": task.name, "columns": list(task.prediction_names)} for task in schema.tasks],
            "split": None if split is None else _split_facts(split, model),
            "not_split": not_split,
        }
        write_json(temporary / MANIFEST, manifest)
        write_graphs(model, layout, schema, split, temporary)
        difference = _largest_difference(model, layout, schema, split, Engine.load(temporary))
        if not difference <= TOLERANCE:
            raise RunError(
                f"ONNX Runtime should compute what the model does, but differs by {difference:.1e} of the predictions; "
                f"score with taskfusion predict instead, and report this with the experiment file"
            )
        num_bytes = sum(file.stat().st_size for file in temporary.rglob("*") if file.is_file())
    bytes_per_item = None if split is None else manifest["split"]["bytes_per_item"]  # type: ignore[index]
    return Export(path, time.perf_counter() - start, num_bytes, difference, bytes_per_item, not_split)


def _try_split(model: MultiTaskModel, layout: InputLayout, schema: Schema) -> tuple[SplitModel | None, str | None]:
    try:
        return split_model(model, layout, schema), None
    except ExperimentError as error:
        return None, str(error)


def _split_facts(split: SplitModel, model: MultiTaskModel) -> dict[str, Any]:
    widths = {reader.name: len(reader.bias_P) for reader in input_readers(model.network)}
    return {
        "request_inputs": split.request.inputs.columns(),
        "item_inputs": split.item.inputs.columns(),
        "readers": [{"name": name, "width": width} for name, width in widths.items()],
        "bytes_per_item": 4 * sum(widths.values()),
    }


def _fingerprint(model: MultiTaskModel, directory: Path) -> str:
    """By what the model, its encoder and its schema are known again."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    for file in sorted(path for path in directory.rglob("*") if path.is_file()):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def write_graphs(
    model: MultiTaskModel, layout: InputLayout, schema: Schema, split: SplitModel | None, directory: Path
) -> None:
    """Write the ONNX files into a directory."""
    writer = GraphWriter(directory)
    batch = random_batch(layout, _SAMPLE_ROWS, torch.Generator().manual_seed(1))
    rows = torch.export.Dim("B")
    whole = WholeGraph(model, GraphInputs.of(layout, {f.name for f in schema.features})).eval()
    _write_features(writer, MODEL, whole, whole.inputs, batch, schema.task_names)
    if split is None:
        return
    names = [reader.name for reader in input_readers(model.network)]
    for file, part in ((REQUEST, split.request), (ITEM, split.item)):
        _write_features(writer, file, part, part.inputs, batch, [f"share:{name}" for name in names])
    with torch.no_grad():
        request, items = (part(part.inputs.take(batch)) for part in (split.request, split.item))
    writer.write(
        CANDIDATES,
        split.candidates,
        (tuple(share[:1] for share in request), tuple(items), torch.arange(_SAMPLE_ROWS - 1)),
        dynamic=(tuple({} for _ in request), tuple({0: torch.export.Dim("I")} for _ in items), {0: rows}),
        inputs=[*(f"{REQUEST_SHARE}{n}" for n in names), *(f"{ITEM_SHARE}{n}" for n in names), ROWS],
        outputs=schema.task_names,
    )


def _write_features(
    writer: GraphWriter,
    file: str,
    graph: WholeGraph | ShareGraph,
    inputs: GraphInputs,
    batch: Batch,
    outputs: Sequence[str],
) -> None:
    """A graph of features; rows and places of bags vary."""
    rows = torch.export.Dim("B")
    axes: list[dict[int, Any]] = [
        {0: rows, 1: torch.export.Dim(f"L{place}")} if name.startswith(BAG) else {0: rows}
        for place, name in enumerate(inputs.names)
    ]
    writer.write(file, graph, (inputs.take(batch),), dynamic=(tuple(axes),), inputs=inputs.names, outputs=outputs)


@torch.no_grad()
def _largest_difference(
    model: MultiTaskModel, layout: InputLayout, schema: Schema, split: SplitModel | None, engine: Engine
) -> float:
    """Between the model and ONNX Runtime on random rows, all ways of scoring."""
    batch = random_batch(layout, _SAMPLE_ROWS, torch.Generator().manual_seed(2))
    whole = GraphInputs.of(layout, {f.name for f in schema.features})
    found = [
        _difference(model.predict(rows), engine.predict(whole.feed(rows))) for rows in (batch.rows(slice(0, 1)), batch)
    ]
    if split is not None:
        request, item = split.request.inputs, split.item.inputs
        repeated = batch.rows(torch.zeros(_SAMPLE_ROWS, dtype=torch.long))
        candidates = item.batch(item.take(batch), elsewhere=repeated)
        shares = engine.request_share(request.feed(batch.rows(slice(0, 1)))), engine.item_share(item.feed(batch))
        scores = engine.candidates(*shares, np.arange(_SAMPLE_ROWS))
        found.append(_difference(model.predict(candidates), scores))
    return max(found)


def _difference(expected: Sequence[Tensor], found: Sequence[Array]) -> float:
    pairs = [(one.double().numpy(), other) for one, other in zip(expected, found, strict=True)]
    return max(float(np.max(np.abs(other - one) / (1 + np.abs(one)))) for one, other in pairs)
