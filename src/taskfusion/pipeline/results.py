"""What a finished network leaves in its run directory beside its weights."""

from collections.abc import Mapping
from dataclasses import dataclass

from taskfusion.assemble.network import count_parameters, experiment_plans, relation_plans
from taskfusion.base.files import write_text
from taskfusion.base.record import write_artifact
from taskfusion.config.experiment import Experiment, dump_experiment
from taskfusion.config.network import NetworkConfig, SharingConfig
from taskfusion.data.dataset import Dataset
from taskfusion.data.domain_record import DomainShift
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.vocabulary import code_names
from taskfusion.evaluate.comparison import Parameters
from taskfusion.explain.fusion import fusion_maps
from taskfusion.explain.scenario import domain_maps
from taskfusion.explain.sharing import sharing_notes
from taskfusion.model.input.embedding_level import embedding_plan
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.calibrate import Calibrations, fitted_maps, write_calibrations
from taskfusion.pipeline.evaluate import SCORING_ROWS, first_rows, flops_per_row, task_records
from taskfusion.report.run import RunResult, run_report
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.ensemble import EnsembleRecord
from taskfusion.run.record.fusion import FusionMaps
from taskfusion.run.record.importance import Importances
from taskfusion.run.record.metrics import NetworkTraining, RunMetrics, SplitName
from taskfusion.run.record.quarantine import QuarantineRecord
from taskfusion.schema.feature import CategoricalFeature
from taskfusion.variants.forbidden import ForbiddenEdge


@dataclass(frozen=True)
class FinishedModel:
    """A network that learns no more.

    Args:
        title: what it is called.
        experiment: what it was made from.
        model: calibrated.
        calibrations: the maps that are in it.
        encoder: of its rows.
        splits: the rows that it is evaluated on; "validation" is one.
        training: what it took.
        domain: what training and validation rows were weighted for; None: they were not.
        ensemble: how it predicts together with trees; None: it predicts alone.
        importance: which columns each task rests on; None: not asked.
        quarantine: how a task came into quarantine after training; None: none did.
    """

    title: str
    experiment: Experiment
    model: MultiTaskModel
    calibrations: Calibrations
    encoder: FeatureEncoder
    splits: Mapping[SplitName, Dataset]
    training: NetworkTraining
    domain: DomainShift | None = None
    ensemble: EnsembleRecord | None = None
    importance: Importances | None = None
    quarantine: QuarantineRecord | None = None


def measured_parts(model: MultiTaskModel, validation: Dataset) -> tuple[Parameters, float]:
    """Numbers of weights, and floating-point operations per row."""
    return Parameters(**count_parameters(model)), flops_per_row(model, first_rows(validation))


def write_results(directory: RunDirectory, found: FinishedModel) -> None:
    """Evaluate on all splits; write calibration.json, importance.json and quarantine.json where there is such a thing,
    fusion.json, metrics.json and report.html, and the manifest last. config.yaml, the weights and the log are there.
    """
    experiment, model, names = found.experiment, found.model, found.experiment.table_schema.task_names
    calibrations = fitted_maps(found.calibrations, names)
    write_calibrations(directory, calibrations)
    bins = experiment.evaluation.ranking_bins
    metrics = RunMetrics(
        variant=experiment.network.variant,
        seed=experiment.training.seed,
        training=found.training,
        splits={
            name: tuple(task_records(model, split, experiment.tasks, bins)) for name, split in found.splits.items()
        },
        domain=found.domain,
    )
    fusion = _fusion(found)
    write_artifact(directory.fusion, fusion)
    write_artifact(directory.metrics, metrics)
    for path, record in ((directory.importance, found.importance), (directory.quarantine, found.quarantine)):
        if record is not None:
            write_artifact(path, record)
    result = RunResult(
        name=found.title,
        metrics=metrics,
        log=directory.read_log(),
        fusion=fusion.levels,
        domains=fusion.domains,
        ensemble=found.ensemble,
        importance=found.importance,
        quarantine=found.quarantine,
        sharing=_sharing(experiment, model),
        calibration=calibrations,
        config_yaml=dump_experiment(experiment),
    )
    write_text(directory.report, run_report(result))
    directory.finish()


def _fusion(found: FinishedModel) -> FusionMaps:
    """Who takes how much from whom in the validation rows, and in those of each domain that gates read."""
    experiment, model, validation = found.experiment, found.model, found.splits["validation"]
    names, groups = experiment.table_schema.task_names, group_names(experiment.network)
    maps = fusion_maps(model, validation.batches(SCORING_ROWS), names, groups)
    features = experiment.network.gate.features
    owners = {feature.name: feature.table for feature in experiment.features if isinstance(feature, CategoricalFeature)}
    values = [code_names(found.encoder.tables[owners[name]]) for name in features]
    domains = domain_maps(model, validation.batches(SCORING_ROWS), names, groups, values) if features else []
    return FusionMaps(levels=tuple(maps), domains=tuple(domains))


def _sharing(experiment: Experiment, model: MultiTaskModel) -> list[ForbiddenEdge]:
    """What the sharing policy forbids; a variant alone is no policy."""
    if experiment.sharing == SharingConfig():
        return []
    shared_tables = bool(model.inputs.shared.fields)
    plans, names = experiment_plans(experiment), experiment.table_schema.task_names
    level_0 = embedding_plan(plans) if experiment.embedding.fusion else None
    relations = relation_plans(experiment.relations, names)
    return sharing_notes(
        plans,
        names,
        group_names=group_names(experiment.network),
        shared_tables=shared_tables,
        level_0=level_0,
        relations=relations,
    )


def group_names(network: NetworkConfig) -> list[str]:
    """What pages call the groups of tasks."""
    return [f"{group.name} group" for group in network.task_groups]
