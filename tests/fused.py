"""A model whose gates follow ages, with the graph of its fusion levels; the fixture fused makes it once."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import torch

from serve.conftest import small_model
from support import log_table
from taskfusion.model.fusion.expert import ExpertBank
from taskfusion.model.fusion.gate import SoftmaxGate
from taskfusion.pipeline.fusion_graph import write_fusion
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.watch.reference.build import ReferenceQuestion, build_reference
from taskfusion.watch.reference.fusion import FusionSource
from taskfusion.watch.reference.model import KnownModel, without_weights


@dataclass(frozen=True)
class Fused:
    """A model, its graph, and the directory of its reference."""

    trained: TrainedModel
    source: FusionSource
    reference: Path

    def known(self) -> KnownModel:
        """The model as a watch knows it."""
        return KnownModel.load(self.reference)


def fused_model(folder: Path) -> Fused:
    """The small model of tests/serve/conftest.py with gates far from even; the first expert of level 1 says nothing."""
    experiment, encoder, model = small_model()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, SoftmaxGate):
                module.weight_GD.mul_(30.0)
        (first, *_) = (module for module in model.modules() if isinstance(module, ExpertBank))
        for tensor in first.parameters():
            tensor[:1] = 0.0
    trained = TrainedModel(experiment, encoder, model)
    source = FusionSource(write_fusion(trained, folder), folder)
    schema = without_weights(experiment.table_schema)
    question = ReferenceQuestion(
        schema, encoder, trained.score, None, None, "user_id", [], 500, FusionSource(source.maps, folder)
    )
    reference = build_reference(question, log_table(2000).lazy(), "table")
    KnownModel(reference, schema, encoder).save(folder / "reference", folder)
    return Fused(trained, source, folder / "reference")


def older(table: pl.DataFrame) -> pl.DataFrame:
    """The same rows of users who are much older, so that gates move."""
    return table.with_columns(pl.col("age") + 60)
