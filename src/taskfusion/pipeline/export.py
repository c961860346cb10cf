"""Export a finished run."""

from pathlib import Path
from typing import Final

from taskfusion.base.extra import require_extra
from taskfusion.base.lock import only_writer
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.report.card import card_report
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.card import CardFeature, CardTask, ModelCard
from taskfusion.serve.export.bundle import Export, export_model
from taskfusion.serve.order import parse_order
from taskfusion.serve.record import ScorerRecord

CARD: Final = "model_card.json"
CARD_PAGE: Final = "model_card.html"


def export_run(run: Path, out: Path, score: str | None = None) -> Export:
    """Write what scoring needs of a run, checked against the run's model.

    Args:
        run: a run directory.
        out: the directory to make.
        score: what candidates are ordered by, such as "0.7*like + 0.3*click"; None: the first prediction.

    Raises:
        RunError: the run is missing, unfinished or damaged, or something is at out, or another process writes it.
        ExperimentError: a package of the extra "export" is missing, or the score is no sum of predictions.
    """
    require_extra("export")
    with only_writer(out):
        trained = TrainedModel.load(run, device="cpu")
        schema = trained.experiment.table_schema
        weights = {} if score is None else parse_order(score, schema.prediction_names)
        return export_model(
            trained.model,
            trained.encoder,
            schema,
            out,
            trained.trees,
            lambda record: _described(model_card(RunDirectory(run), record)),
            weights,
        )


def model_card(directory: RunDirectory, exported: ScorerRecord) -> ModelCard:
    """What a finished run is.

    Args:
        directory: the run.
        exported: its graphs.
    """
    experiment, metrics = directory.experiment(), directory.read_metrics()
    known = {one.task: one.known for one in directory.read_schema().labels}
    return ModelCard(
        name=directory.path.resolve().name,
        variant=metrics.variant,
        seed=metrics.seed,
        tasks=tuple(
            CardTask(
                name=task.name,
                kind=task.kind,
                label=task.label_expression,
                known=known[task.name],
                calibration=experiment.calibration.method(task),
            )
            for task in experiment.tasks
        ),
        features=tuple(
            CardFeature(name=one.name, column=one.source, kind=one.kind, role=one.role) for one in experiment.features
        ),
        group=experiment.group,
        training=metrics.network_training,
        splits=metrics.splits,
        has_trees=exported.has_trees,
        domain=None if experiment.domain is None else experiment.domain.target,
        quarantined=tuple(experiment.sharing.quarantine),
        not_split=exported.not_split,
        score=exported.score,
    )


def _described(card: ModelCard) -> dict[str, str]:
    return {CARD: card.model_dump_json(indent=1) + "\n", CARD_PAGE: card_report(card)}
