"""Export a finished run."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from taskfusion.base.errors import TaskfusionError
from taskfusion.base.extra import require_extra
from taskfusion.base.lock import only_writer
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.reference import read_reference
from taskfusion.report.card import card_report
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.card import CardFeature, CardTask, ModelCard
from taskfusion.serve.export.bundle import Export, export_model
from taskfusion.serve.order import parse_order
from taskfusion.serve.record import ScorerRecord
from taskfusion.serve.reference import REFERENCE, ReferenceRecord

CARD: Final = "model_card.json"
CARD_PAGE: Final = "model_card.html"


def export_run(
    run: Path, out: Path, score: str | None = None, *, data: Path | None = None, experiment: Path | None = None
) -> Export:
    """Write what scoring needs of a run, checked against the run's model.

    Args:
        run: a run directory.
        out: the directory to make.
        score: what candidates are ordered by, such as "0.7*like + 0.3*click"; None: the first prediction.
        data: a table whose columns and predictions are to be kept as reference; None: the run's own rows, where they
            are found.
        experiment: the file that the run was trained from; its tables are then needed.

    Raises:
        DataError: data, or a table of the experiment, is not usable.
        RunError: the run is missing, unfinished or damaged, or something is at out, or another process writes it.
        ExperimentError: a package of the extra "export" is missing, or the score is no sum of predictions.
    """
    require_extra("export")
    with only_writer(out):
        trained = TrainedModel.load(run, device="cpu")
        schema = trained.experiment.table_schema
        weights = {} if score is None else parse_order(score, schema.prediction_names)
        reference, without = _reference(RunDirectory(run), trained, data, experiment)
        made = export_model(
            trained.model,
            trained.encoder,
            schema,
            out,
            trained.trees,
            lambda record: _described(model_card(RunDirectory(run), record, reference), reference),
            weights,
        )
        return replace(made, reference=None if reference is None else reference.origin, no_reference=without)


def _reference(
    directory: RunDirectory, trained: TrainedModel, data: Path | None, experiment: Path | None
) -> tuple[ReferenceRecord | None, str | None]:
    """What it can be held against, or why there is none; what was asked for by name must be there."""
    try:
        return read_reference(directory, trained, data=data, experiment=experiment), None
    except TaskfusionError as error:
        if data is not None or experiment is not None:
            raise
        return None, str(error)


def model_card(directory: RunDirectory, exported: ScorerRecord, reference: ReferenceRecord | None = None) -> ModelCard:
    """What a finished run is.

    Args:
        directory: the run.
        exported: its graphs.
        reference: what its columns held; None: nobody knows.
    """
    held = {} if reference is None else {one.name: one for one in reference.features}
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
            CardFeature(
                name=one.name,
                column=one.source,
                kind=one.kind,
                role=one.role,
                missing=held[one.name].missing if one.name in held else None,
                unseen=held[one.name].unseen if one.name in held else None,
            )
            for one in experiment.features
        ),
        group=experiment.group,
        training=metrics.network_training,
        splits=metrics.splits,
        has_trees=exported.has_trees,
        domain=None if experiment.domain is None else experiment.domain.target,
        quarantined=tuple(experiment.sharing.quarantine),
        not_split=exported.not_split,
        score=exported.score,
        reference=None if reference is None else f"{reference.rows:,} {reference.origin}",
    )


def _described(card: ModelCard, reference: ReferenceRecord | None) -> dict[str, str]:
    found = {CARD: card.model_dump_json(indent=1) + "\n", CARD_PAGE: card_report(card)}
    return found if reference is None else {**found, REFERENCE: reference.model_dump_json() + "\n"}
