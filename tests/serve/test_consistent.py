"""Records of two models are found out, though each is sound alone."""

from typing import Any

import pytest

from serve.conftest import Exported
from support import experiment
from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact
from taskfusion.schema.schema import Schema
from taskfusion.serve.consistent import require_consistent
from taskfusion.serve.record import ScorerRecord


def _require(exported: Exported, schema: Schema | None = None, **changes: Any) -> None:
    record = read_artifact(exported.path / "scorer.json", ScorerRecord)
    encoder = exported.encoder
    changed = ScorerRecord.model_validate({**record.model_dump(), **changes})
    schema = schema or exported.experiment.table_schema
    require_consistent(exported.path, changed, schema, encoder.features, encoder.layout)


def test_an_export_is_consistent(exported: Exported) -> None:
    _require(exported)
    _require(exported, score={"click": 0.5, "reaction.like": 2.0})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"score": {"clicks": 1.0}}, "orders by 'clicks'"),
        ({"inputs": []}, "columns that graphs read"),
        ({"outputs": []}, "their tasks"),
    ],
)
def test_another_record_is_refused(changes: dict[str, Any], words: str, exported: Exported) -> None:
    with pytest.raises(RunError, match=words):
        _require(exported, **changes)


def test_another_schema_is_refused(exported: Exported) -> None:
    features = experiment().table_schema.features
    with pytest.raises(RunError, match="differ in their features"):
        _require(exported, Schema(features=features[::-1], tasks=exported.experiment.table_schema.tasks))
