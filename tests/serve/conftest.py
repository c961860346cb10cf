"""A small exported model; the fixture exported of tests/conftest.py makes it once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from starlette.testclient import TestClient

from serve.serving import ITEMS, Server, client_of, started_server
from support import experiment, log_table
from taskfusion.assemble.network import build_model
from taskfusion.config.experiment import Experiment
from taskfusion.data.encode import FeatureEncoder
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.schema.statistics import LabelStatistics
from taskfusion.serve.export.bundle import Export, export_model
from taskfusion.serve.scorer import Scorer
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.model import Model
from taskfusion.serve.worker.settings import WorkerSettings


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


def small_model(seed: int = 0) -> tuple[Experiment, FeatureEncoder, MultiTaskModel]:
    """adatt with tables of each unit beside shared ones, experts of two layers, every kind of feature and task."""
    content = experiment(
        embedding={"tables": "both"}, network={"variant": "adatt", "level_dims": [[300, 8], [6]], "shared_experts": 1}
    )
    encoder = FeatureEncoder.fit(log_table().lazy(), content.features)
    torch.manual_seed(seed)
    statistics = [LabelStatistics(task.name, 600, 600, 1.0, 2.0, ()) for task in content.tasks]
    return content, encoder, build_model(content, encoder.layout, statistics).eval()


def export_small_model(path: Path, seed: int = 0) -> Exported:
    """The same exported."""
    content, encoder, model = small_model(seed)
    return Exported(content, encoder, model, export_model(model, encoder, content.table_schema, path))


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The same with other weights."""
    return export_small_model(tmp_path_factory.mktemp("serve") / "other", seed=1)


@pytest.fixture(scope="session")
def items(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of twenty items, by item_id."""
    path = tmp_path_factory.mktemp("serve") / "items.parquet"
    ITEMS.write_parquet(path)
    return path


@pytest.fixture(scope="session")
def answerer(exported: Exported, items: Path) -> Answerer:
    """What answers calls with that catalogue."""
    return Answerer(WorkerSettings(bundle=str(exported.path), items=str(items)))


@pytest.fixture(scope="session")
def model(answerer: Answerer) -> Model:
    return answerer.model


@pytest.fixture(scope="session")
def scorer(exported: Exported) -> Scorer:
    return Scorer.load(exported.path)


@pytest.fixture(scope="session")
def server(exported: Exported, items: Path) -> Iterator[Server]:
    """A server of that bundle, in a process of its own."""
    with started_server(exported.path, "--items", items) as found:
        yield found


@pytest.fixture
def client(answerer: Answerer) -> TestClient:
    """A server in this process."""
    return client_of(answerer)
