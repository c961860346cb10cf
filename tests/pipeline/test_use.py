"""What one model takes from whom, against the maps of its run and the losses of its predictions."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.conftest import train
from support import log_table
from taskfusion.data.prepared import SplitTables
from taskfusion.explain.edge import OTHERS
from taskfusion.pipeline.explained_rows import read_rows
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.use import run_use
from taskfusion.run.directory import RunDirectory


def test_figures_are_those_of_the_run(run: RunDirectory) -> None:
    trained = TrainedModel.load(run.path)
    rows = read_rows(trained, log_table(200, 1).lazy(), "the validation rows", None)
    use = run_use(trained, rows)
    assert use is not None
    assert use.owned
    maps = {one.level: one for one in run.read_fusion().levels}
    for edge, weight in zip(use.edges, use.weight_EP[:, 0], strict=True):
        if edge.level is not None:
            (cut,) = edge.cuts
            expected = sum(maps[edge.level].weight[cut.unit][expert] for expert in cut.experts)
            assert weight == pytest.approx(expected, abs=1e-6)
    for index, record in enumerate(run.read_metrics().splits["validation"]):
        weight_B = rows.batch.weight_BT[:, index].numpy()
        loss = (use.losses.whole[index] * weight_B).sum() / weight_B.sum()
        if record.task == "click":
            assert loss == pytest.approx(record.metrics["log_loss"], rel=1e-5)


def test_shares_of_all_sources_and_of_the_gates_sum_up(run: RunDirectory) -> None:
    trained = TrainedModel.load(run.path)
    use = run_use(trained, read_rows(trained, log_table(200, 2).lazy(), "it", "item_id"))
    assert use is not None
    assert use.error <= 0.01
    for (task, level), gates_P in use.gates.items():
        mine = [place for place, edge in enumerate(use.edges) if (edge.target, edge.level) == (task, level)]
        total = use.contribution_EP[mine, 0].sum() + gates_P[0]
        assert total == pytest.approx(100, abs=1)
    assert np.isnan(use.contribution_EP[:, 1:]).all()  # segments of so few rows
    everywhere = [place for place, edge in enumerate(use.edges) if edge.level is None or edge.source == OTHERS]
    assert np.isnan(use.contribution_EP[everywhere]).all()


def test_a_network_that_mixes_nothing_uses_nothing(parts: SplitTables, tmp_path: Path) -> None:
    directory = train(parts, tmp_path / "run", network={"variant": "shared-bottom"}, training={"epochs": 1})
    trained = TrainedModel.load(directory.path)
    assert run_use(trained, read_rows(trained, log_table(50).lazy(), "it", None)) is None
