"""Whether the records of an export are of one model: each is sound alone, and a swapped one is found here.

Axes: B rows, C predictions of a task, P outputs of a reader, S logits of trees.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from taskfusion.base.errors import RunError
from taskfusion.data.layout import InputLayout
from taskfusion.schema.feature import Feature
from taskfusion.schema.schema import Schema
from taskfusion.serve.bundle_files import ENCODER, SCHEMA, SCORER
from taskfusion.serve.inputs import SIDES, GraphInputs, features_of
from taskfusion.serve.record import ScorerRecord


def require_consistent(
    directory: Path, record: ScorerRecord, schema: Schema, features: Sequence[Feature], layout: InputLayout
) -> None:
    """See that scorer.json, schema.json and the encoder speak of the same features and tasks.

    Args:
        directory: the export.
        record: content of scorer.json.
        schema: content of schema.json.
        features: those that the encoder was fitted on.
        layout: the columns that it makes.

    Raises:
        RunError: they do not; the message names the files.
    """
    fault = next(_faults(record, schema, features, layout), None)
    if fault is not None:
        raise RunError(f"'{directory}' should hold the files of one model, but {fault}; export the run again")


def _faults(record: ScorerRecord, schema: Schema, features: Sequence[Feature], layout: InputLayout) -> Iterator[str]:
    if tuple(features) != tuple(schema.features):
        yield f"{SCHEMA} and {ENCODER}/encoder.json differ in their features"
    outputs = [(task.name, list(task.prediction_names)) for task in schema.tasks]
    if outputs != [(output.name, output.columns) for output in record.outputs]:
        yield f"{SCHEMA} and {SCORER} differ in their tasks"
    names = {feature.name for feature in schema.features}
    wanted = [(GraphInputs.of(layout, names).records(), record.inputs)]
    if record.split is not None:
        split = record.split
        request, item, own = (GraphInputs.of(layout, features_of(schema, side)).records() for side in SIDES)
        wanted += [(request, split.request_inputs), (item, split.item_inputs), (own, split.candidate_inputs)]
    if any(expected != found for expected, found in wanted):
        yield f"{SCORER} and {ENCODER}/encoder.json differ in the columns that graphs read"
    strange = [name for name in record.score if name not in schema.prediction_names]
    if strange:
        yield f"{SCORER} orders by '{strange[0]}', which is not predicted"
