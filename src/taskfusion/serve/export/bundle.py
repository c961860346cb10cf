"""A trained model as a directory that scores without it, checked before it gets its name.

| file | content |
| --- | --- |
| `schema.json`, `encoder/` | what a table means, and how it is encoded |
| `scorer.json` | opset, inputs and outputs of the graphs, fingerprint of the model |
| `model.onnx` | all features to predictions |
| `trees.onnx` | the trees that predict together with the network, where there are some |
| `request.onnx`, `item.onnx`, `candidates.onnx` | the same in three parts (split.py), where the model can be split |
| `weights.bin` | weights of 1 MiB and more, once for all graphs |
| `model_card.json`, `model_card.html` | what the model is, for programs and for people, where a run is exported |
| `reference.json` | how columns and predictions were distributed, where the run's rows are there |
| `manifest.json` | SHA-256 and size of every other file, checked when the directory is opened |
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from taskfusion.base.errors import RunError
from taskfusion.base.files import atomic_directory, write_json, write_text
from taskfusion.base.manifest import seal
from taskfusion.base.record import read_artifact
from taskfusion.data.encode import FeatureEncoder
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.schema import Schema
from taskfusion.serve.bundle_files import ENCODER, SCHEMA, SCORER
from taskfusion.serve.engine import Engine
from taskfusion.serve.export.write import write_engine
from taskfusion.serve.record import ScorerRecord
from taskfusion.trees.bank import TreeBank


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
        reference: rows whose columns and predictions reference.json counts; None: there is none.
        no_reference: why there is none.
    """

    path: Path
    seconds: float
    num_bytes: int
    difference: float
    bytes_per_item: int | None
    not_split: str | None
    reference: str | None = None
    no_reference: str | None = None


def export_model(
    model: MultiTaskModel,
    encoder: FeatureEncoder,
    schema: Schema,
    path: Path,
    trees: TreeBank | None = None,
    describe: Callable[[ScorerRecord], Mapping[str, str]] = lambda record: {},
    score: Mapping[str, float] = MappingProxyType({}),
) -> Export:
    """Write a model's directory, whole or not at all.

    Args:
        model: on the CPU, in evaluation mode.
        encoder: of its features.
        schema: of its table.
        path: the directory to make.
        trees: the trees that the model predicts together with; None: there are none.
        describe: makes further files, by name, of what the graphs are.
        score: weights of the predictions that candidates are ordered by; empty: the first one.

    Raises:
        ExperimentError: a package of the extra "export" is missing.
        RunError: something is at the path, or ONNX Runtime does not compute what the model does.
    """
    if path.exists():
        raise RunError(f"'{path}' exists already; name another directory with --out")
    start = time.perf_counter()
    with atomic_directory(path) as temporary:
        encoder.save(temporary / ENCODER)
        write_json(temporary / SCHEMA, schema.model_dump(mode="json"))
        difference = write_engine(model, encoder.layout, schema, temporary, trees, score)
        for name, content in describe(read_artifact(temporary / SCORER, ScorerRecord)).items():
            write_text(temporary / name, content)
        seal(temporary, _files(temporary))
        num_bytes = sum(file.stat().st_size for file in _files(temporary))
    record = Engine.load(path).record
    bytes_per_item = None if record.split is None else record.split.bytes_per_item
    return Export(path, time.perf_counter() - start, num_bytes, difference, bytes_per_item, record.not_split)


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]
