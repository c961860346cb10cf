"""Export a finished run."""

from pathlib import Path

from taskfusion.base.extra import require_extra
from taskfusion.base.lock import only_writer
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.serve.export.bundle import Export, export_model


def export_run(run: Path, out: Path) -> Export:
    """Write what scoring needs of a run, checked against the run's model.

    Args:
        run: a run directory.
        out: the directory to make.

    Raises:
        RunError: the run is missing, unfinished or damaged, or something is at out, or another process writes it.
        ExperimentError: a package of the extra "export" is missing.
    """
    require_extra("export")
    with only_writer(out):
        trained = TrainedModel.load(run, device="cpu")
        return export_model(trained.model, trained.encoder, trained.experiment.table_schema, out, trained.trees)
