"""What a finished network leaves beside its weights."""

import shutil
from pathlib import Path

from support import log_table
from taskfusion.data.dataset import open_dataset, row_encoder
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.results import FinishedModel, measured_parts, write_results
from taskfusion.run.directory import RunDirectory


def test_they_can_be_written_again_with_other_rows(run: RunDirectory, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "again")
    again, trained, before = RunDirectory(tmp_path / "again"), TrainedModel.load(run.path), run.read_metrics()
    schema = trained.experiment.table_schema
    rows = open_dataset(log_table(150, 3).lazy(), row_encoder(trained.encoder, schema), memory_bytes=1 << 30)
    parameters, flops = measured_parts(trained.model, rows)
    assert parameters == before.network_training.parameters
    assert flops == before.network_training.flops_per_row
    again.importance.unlink()
    found = FinishedModel(
        "again", trained.experiment, trained.model, {}, trained.encoder, {"validation": rows}, before.network_training
    )
    write_results(again, found)
    again.require_finished()
    (records,) = again.read_metrics().splits.values()
    assert [one.metrics for one in records] == [one.metrics for one in trained.evaluate(log_table(150, 3).lazy())]
    assert again.read_metrics().training == before.training
    assert "<h1>again</h1>" in again.report.read_text()
    assert not again.importance.exists()
    assert not again.quarantine.exists()
