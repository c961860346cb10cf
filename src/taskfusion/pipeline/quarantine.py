"""Mask a task's experts in a trained network: no other unit takes from them; kept only where the others gain."""

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

from taskfusion.assemble.network import build_model, experiment_plans
from taskfusion.base.errors import ExperimentError
from taskfusion.base.files import atomic_directory, write_text
from taskfusion.base.lock import only_writer
from taskfusion.base.nearest import did_you_mean
from taskfusion.base.record import read_artifact
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment, dump_experiment
from taskfusion.explain.fusion import fusion_maps
from taskfusion.model.fusion.fewer_edges import edges_lost, with_fewer_edges
from taskfusion.model.multitask import MultiTaskModel
from taskfusion.pipeline.calibrate import Calibrations, fit_calibrations, read_calibrations
from taskfusion.pipeline.evaluate import SCORING_ROWS
from taskfusion.pipeline.holdout import Holdout, read_holdout
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.results import FinishedModel, group_names, measured_parts, write_results
from taskfusion.pipeline.scored import Differences, calibrated_by, labels_of, lies_below_zero, score
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.ensemble import EnsembleRecord
from taskfusion.run.record.metrics import NetworkTraining
from taskfusion.run.record.quarantine import QuarantinedTask, QuarantineRecord
from taskfusion.train.checkpoint import RUN, save_tensors
from taskfusion.variants.fusion_map import FusionMap
from taskfusion.variants.table import variant_of, variants_that_read

MASKED, RECALIBRATED, AS_IT_WAS = "masked", "recalibrated", "run"
"""States of the model that are compared."""

BASELINES: Final = (RECALIBRATED, AS_IT_WAS)


def quarantine_run(
    run: Path, source: str, out: Path, *, data: Path | None = None, experiment: Path | None = None
) -> QuarantineRecord:
    """Mask a task's experts, correct predictions anew, and keep the result where the other tasks gain.

    Both the run and the masked network have their predictions corrected on the same rows, so that a gain is not that of
    the correction. It is kept where the mean change of the others' losses has an interval below 0 (bootstrap over
    groups, 95 %).

    Args:
        run: a finished run of a network; it stays as it is.
        source: the task.
        out: the run directory to make; nothing is made where the others do not gain.
        data: a table with labels that decides; None: the run's validation rows.
        experiment: the file that the run was trained from, where its tables are not found from the run.

    Raises:
        ExperimentError: no such task, or no other unit takes from its experts.
        RunError: the run is not usable, something is at out, or another process writes it.
        DataError: a table is not usable.
    """
    began = time.monotonic()
    with only_writer(out):
        RunDirectory(out).require_absent()
        directory, trained = RunDirectory(run), TrainedModel.load(run, calibrated=False)
        experiment_now = masked_experiment(trained.experiment, source)
        rows = read_holdout(directory, trained, data=data, experiment=experiment)
        masked = _masked(directory, trained, experiment_now, rows)
        found = _compared(directory, source, trained, masked, rows, began)
        if found.kept:
            _write(directory, out, masked, rows, found)
        return found


def masked_experiment(experiment: Experiment, source: str) -> Experiment:
    """The experiment with the task in quarantine.

    Raises:
        ExperimentError: there is no such task, or nothing to mask; the message says what to do instead.
    """
    names, variant, policy = experiment.table_schema.task_names, experiment.network.variant, experiment.sharing
    instead = f"train again with --set tasks.{source}.loss_weight=0, or without the task"
    if source not in names:
        raise ExperimentError(
            f"--source should be a task of the run ({', '.join(names)}), found '{source}'{did_you_mean(source, names)}"
        )
    if source in policy.quarantine:
        raise ExperimentError(f"'{source}' is in quarantine already: nothing takes from its experts")
    if not variant_of(variant).family.owned:
        raise ExperimentError(
            f"in {variant} experts belong to no task, so none of '{source}' can be masked; {instead}, or with a "
            f"variant whose experts belong to tasks ({', '.join(variants_that_read('sharing.quarantine'))})"
        )
    masked = derive(experiment, sharing=derive(policy, quarantine=(*policy.quarantine, source)))
    if [plan.visible for plan in experiment_plans(masked)] == [plan.visible for plan in experiment_plans(experiment)]:
        raise ExperimentError(
            f"in this {variant} no other unit takes from the experts of '{source}', so there is nothing to mask; where "
            f"it harms the others it does so through what all read alike: {instead}"
        )
    return masked


@dataclass(frozen=True)
class _Masked:
    """The masked network.

    Args:
        experiment: that assembles it, with the calibrations that it has.
        model: not calibrated.
        calibrations: fitted.
    """

    experiment: Experiment
    model: MultiTaskModel
    calibrations: Calibrations


def _masked(directory: RunDirectory, before: TrainedModel, experiment: Experiment, rows: Holdout) -> _Masked:
    """The network with the mask of the experiment; trees beside it stay, with their weights."""
    model = build_model(experiment, before.encoder.layout, directory.read_schema().labels)
    model.load_state_dict(dict(with_fewer_edges(before.model, model)))
    model.ensemble = before.model.ensemble
    model.to(next(before.model.parameters()).device).eval()
    experiment = derive(experiment, calibration=experiment.calibration.for_all(experiment.tasks))
    fitted = fit_calibrations(model, rows.splits["validation"], experiment.tasks, experiment.calibration)
    return _Masked(experiment, model, fitted)


def _compared(
    directory: RunDirectory, source: str, trained: TrainedModel, masked: _Masked, rows: Holdout, began: float
) -> QuarantineRecord:
    tasks, bins = trained.experiment.tasks, trained.experiment.evaluation.ranking_bins
    names, validation = trained.experiment.table_schema.task_names, rows.splits["validation"]
    states = {
        MASKED: (masked.model, masked.calibrations),
        RECALIBRATED: (
            trained.model,
            fit_calibrations(trained.model, validation, tasks, masked.experiment.calibration),
        ),
        AS_IT_WAS: (trained.model, read_calibrations(directory, tasks, trained.experiment.calibration)),
    }
    scores = {}
    for name, (model, fitted) in states.items():
        with calibrated_by(model, fitted):
            scores[name] = score(model, validation, tasks, bins)
    labels, place = labels_of(validation, tasks), names.index(source)
    others = Differences(labels, scores, [other for other in range(len(names)) if other != place], BASELINES)
    itself = Differences(labels, scores, [place], BASELINES)
    change = others.mean(MASKED, RECALIBRATED)
    groups = group_names(trained.experiment.network)
    maps = fusion_maps(trained.model, validation.batches(SCORING_ROWS), names, groups)
    return QuarantineRecord(
        run=str(directory.path),
        source=source,
        rows=rows.title,
        num_rows=validation.num_rows,
        clusters=others.evidence.clusters,
        grouped=others.evidence.grouped,
        resamples=others.evidence.resamples,
        confidence=others.evidence.confidence,
        edges=edges_lost(trained.model, masked.model),
        taken=tuple(_taken(level, source) for level in maps),
        tasks=tuple(
            QuarantinedTask(
                task=name,
                **{state: found.losses[name] for state, found in scores.items()},
                change=(itself if name == source else others).task(name, MASKED, RECALIBRATED),
            )
            for name in names
        ),
        others=change,
        others_run=others.mean(MASKED, AS_IT_WAS),
        others_recalibrated=others.mean(RECALIBRATED, AS_IT_WAS),
        kept=lies_below_zero(change),
        seconds=time.monotonic() - began,
    )


def _taken(level: FusionMap, source: str) -> float:
    """Mean gate weight that the other units give to the source's experts."""
    sums = [
        sum(weight for weight, owner in zip(row, level.expert_units, strict=True) if owner == source)
        for unit, row in zip(level.units, level.gate, strict=True)
        if unit != source
    ]
    return fmean(sums)


def _write(directory: RunDirectory, out: Path, masked: _Masked, rows: Holdout, record: QuarantineRecord) -> None:
    """The run directory of the masked network, whole or not at all."""
    before = directory.read_metrics()
    parameters, flops = measured_parts(masked.model, rows.splits["validation"])
    training = NetworkTraining(**{**dict(before.network_training), "parameters": parameters, "flops_per_row": flops})
    trees = directory.ensemble.record
    with atomic_directory(out) as temporary:
        made = RunDirectory(temporary)
        write_text(made.config, dump_experiment(masked.experiment))
        made.copy_learned(directory)
        state = {name: value for name, value in masked.model.state_dict().items() if not name.startswith("ensemble.")}
        save_tensors(made.model, state, {RUN: made.begun_with})
        with calibrated_by(masked.model, masked.calibrations):
            finished = FinishedModel(
                f"{before.variant} seed {before.seed}, {record.source} in quarantine",
                masked.experiment,
                masked.model,
                masked.calibrations,
                directory.encoder(),
                rows.splits,
                training,
                before.domain,
                read_artifact(trees, EnsembleRecord) if trees.exists() else None,
                quarantine=record,
            )
            write_results(made, finished)
