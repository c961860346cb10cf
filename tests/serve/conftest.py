"""A small exported model; the fixture exported of tests/conftest.py makes it once."""

from dataclasses import dataclass
from pathlib import Path

import torch

from support import experiment, log_table
from taskfusion.assemble.network import build_model
from taskfusion.config.experiment import Experiment
from taskfusion.data.encode import FeatureEncoder
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.serve.export.bundle import Export, export_model


@dataclass(frozen=True)
class Exported:
    """A model, its encoder and experiment, and what its export says."""

    experiment: Experiment
    encoder: FeatureEncoder
    model: MultiTaskModel
    export: Export

    @property
    def path(self) -> Path:
        return self.export.path


def export_small_model(path: Path) -> Exported:
    """adatt with tables of each unit beside shared ones, experts of two layers, every kind of feature and task."""
    content = experiment(
        embedding={"tables": "both"}, network={"variant": "adatt", "level_dims": [[300, 8], [6]], "shared_experts": 1}
    )
    encoder = FeatureEncoder.fit(log_table().lazy(), content.features)
    torch.manual_seed(0)
    statistics = [LabelStatistics(task.name, 600, 600, 1.0, 2.0, ()) for task in content.tasks]
    model = build_model(content, encoder.layout, statistics).eval()
    return Exported(content, encoder, model, export_model(model, encoder, content.table_schema, path))
