"""Models of every kind of input on the table of support, with weights that are not those of a start."""

from functools import cache
from typing import Any, Final

import numpy as np
import torch

from support import experiment, label_statistics, log_table
from taskfusion.assemble.network import build_model
from taskfusion.config.experiment import Experiment
from taskfusion.data.batch import Batch
from taskfusion.data.dataset import row_encoder
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.rows import EncodedRows
from taskfusion.model.ensemble import Ensemble, Mixture, TaskWeights
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.schema.statistics import LabelStatistics

NETWORK: Final = {"network": {"level_dims": [[8], [6]], "tower_dims": [4]}}
INPUTS: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "per task": {"embedding": {"tables": "per-task"}},
    "both, vectors of numbers": {"embedding": {"tables": "both", "own_dim": 2}, "numeric": {"encoding": "periodic"}},
    "level 0": {"embedding": {"tables": "both", "fusion": True}},
    "cross": {"backbone": {"kind": "dcn-v2", "layers": 2}},
    "attention": {"backbone": {"kind": "autoint", "layers": 1, "heads": 2, "head_dim": 3}},
    "stem": {"network": {"variant": "stem", "shared_experts": 1}, "embedding": {"tables": "both"}},
    "feature gates": {"network": {"feature_gate_dim": 3}},
    "shared bottom": {"network": {"variant": "shared-bottom"}},
}
"""Sections of an experiment, by what they are like."""

STOPPED: Final = {"level 0", "stem", "feature gates"}
"""Those whose training stops gradients on the way from input to tasks."""

SOURCES: Final = {name: name for name in ("user_id", "item_id", "age", "tags", "history")}


def settings_of(inputs: str) -> Experiment:
    """The experiment with such inputs."""
    sections = INPUTS[inputs]
    return experiment(**{**sections, "network": {**NETWORK["network"], **sections.get("network", {})}})


@cache
def encoder_of() -> FeatureEncoder:
    """Of 300 rows of the table."""
    return FeatureEncoder.fit(log_table(300).lazy(), experiment().features)


@cache
def labels_of() -> tuple[LabelStatistics, ...]:
    """Of the same rows."""
    return label_statistics(log_table(300).lazy(), experiment().table_schema)


def model_of(inputs: str, seed: int = 0) -> MultiTaskModel:
    """A model with random weights, some of which start at 0, in evaluation mode."""
    torch.manual_seed(seed)
    model = build_model(settings_of(inputs), encoder_of().layout, labels_of())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model.eval()


def trained_of(inputs: str, seed: int = 0) -> TrainedModel:
    """The same as a run would give it."""
    return TrainedModel(settings_of(inputs), encoder_of(), model_of(inputs, seed))


def batch_of(rows: int) -> Batch:
    """Rows of the table, encoded as for these models."""
    return row_encoder(encoder_of(), experiment().table_schema)(log_table(rows, seed=1))


class Trees:
    """Trees that add a tenth of the row's number to all logits."""

    def logits(self, rows: EncodedRows) -> np.ndarray:
        return np.repeat(np.arange(len(rows), dtype=np.float32)[:, None] / 10, 5, axis=1)


def put_trees_beside(model: MultiTaskModel) -> None:
    """The network then counts a quarter, and 0.5 is added."""
    model.ensemble = Ensemble(Trees(), Mixture([TaskWeights((0.5,) * size, 0.25) for size in (1, 1, 3)]))
