"""The page of one training run: how good each task is, how it was learned, and who took how much from whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.evaluate.metric import METRICS
from taskfusion.evaluate.record import TaskRecord
from taskfusion.report import number
from taskfusion.report.box import KeyFigure
from taskfusion.report.calibration import calibration_notes
from taskfusion.report.domain import domain_views
from taskfusion.report.ensemble import ensemble_view
from taskfusion.report.figure import Plot
from taskfusion.report.fusion import fusion_views, has_hidden, has_negative
from taskfusion.report.glossary import FUSION, IMPORTANCE, QUARANTINE, metric_terms
from taskfusion.report.importance import importance_charts
from taskfusion.report.language import _
from taskfusion.report.learning_chart import criterion_curve, task_curves
from taskfusion.report.page import render
from taskfusion.report.quarantine import quarantine_sentence, quarantine_view
from taskfusion.report.reliability import reliability
from taskfusion.report.run_box import run_box
from taskfusion.report.sharing import sharing_sentence
from taskfusion.report.shift import shift_sentence
from taskfusion.report.summary import run_summary
from taskfusion.report.table import shown_metrics, task_tables, title_of
from taskfusion.report.theme import Style, styles
from taskfusion.run.record.calibration import FittedMap
from taskfusion.run.record.ensemble import EnsembleRecord
from taskfusion.run.record.importance import Importances
from taskfusion.run.record.metrics import RunMetrics, SplitName, Splits
from taskfusion.run.record.quarantine import QuarantineRecord
from taskfusion.variants.forbidden import ForbiddenEdge
from taskfusion.variants.fusion_map import DomainMaps, FusionMap
from taskfusion.variants.table import VARIANTS


@dataclass(frozen=True)
class RunResult:
    """What one run of a network left.

    Args:
        name: what the run is called.
        metrics: what training took, and the task records of each split.
        log: evaluations on the validation rows, in order.
        fusion: maps of the levels; empty where nothing is mixed.
        domains: the same of every domain that gates read; empty where they read none.
        ensemble: how predictions are made of the network and of trees; None where the network predicts alone.
        importance: which columns each task rests on; None where nobody asked.
        quarantine: how a task came into quarantine after training; None: none did.
        sharing: forbidden edges and the ways that remain.
        calibration: by task, what corrects predictions after training.
        config_yaml: the experiment, every default filled in.
    """

    name: str
    metrics: RunMetrics
    log: Sequence[EvaluationRecord] = ()
    fusion: Sequence[FusionMap] = ()
    domains: Sequence[DomainMaps] = ()
    ensemble: EnsembleRecord | None = None
    importance: Importances | None = None
    quarantine: QuarantineRecord | None = None
    sharing: Sequence[ForbiddenEdge] = ()
    calibration: Mapping[str, FittedMap] = field(default_factory=dict)
    config_yaml: str = ""


@dataclass(frozen=True)
class Calibration:
    """Reliability diagrams by task, and the tasks that have none."""

    charts: Sequence[tuple[str, Plot]]
    missing: Sequence[str]


def run_report(run: RunResult) -> str:
    """The page of a run as HTML; it opens offline."""
    records = shown_records(run.metrics.splits)
    style = styles([record.task for record in records])
    criterion = run.metrics.training.criterion
    return render(
        "run.html",
        title=run.name,
        run=run,
        styles=style,
        box=run_box(
            run.name,
            records,
            run.metrics.network_training,
            run_summary(run.metrics.splits, run.metrics.network_training, run.log),
            [] if run.quarantine is None else [quarantine_sentence(run.quarantine)],
        ),
        key_figures=key_figures(run),
        sharing=[sharing_sentence(edge) for edge in run.sharing],
        maps=calibration_notes(run.calibration),
        domain=shift_sentence(run.metrics),
        about=VARIANTS[run.metrics.variant].line if run.metrics.variant in VARIANTS else "",
        tables=task_tables(run.metrics.splits),
        has_best=any(record.best for record in records),
        criterion=METRICS[criterion],
        criterion_chart=criterion_chart(run.log, criterion),
        curves=curve_charts(run.log, records, style),
        calibration=calibration(records, style),
        shown_split=shown_split(run.metrics.splits),
        fusion=fusion_views(run.fusion),
        domains=domain_views(run.domains),
        hidden=has_hidden(run.fusion),
        negative=has_negative(run.fusion),
        ensemble=None if run.ensemble is None else ensemble_view(run.ensemble),
        quarantine=None if run.quarantine is None else quarantine_view(run.quarantine),
        importance=run.importance,
        importance_charts=[] if run.importance is None else importance_charts(run.importance, style),
        glossary=[
            *metric_terms(name for record in records for name in record.metrics),
            *(FUSION if run.fusion else ()),
            *([] if run.quarantine is None else [QUARANTINE]),
            *([] if run.importance is None else [IMPORTANCE]),
        ],
    )


def shown_split(splits: Splits) -> SplitName:
    """The split whose rows the figures show: test where there is one."""
    return "test" if splits.get("test") else "validation"


def shown_records(splits: Splits) -> Sequence[TaskRecord]:
    """The records of the shown part."""
    return splits[shown_split(splits)]


def criterion_chart(log: Sequence[EvaluationRecord], criterion: str) -> Plot | None:
    """The learning curve of the criterion; None without an evaluation."""
    metric = METRICS[criterion]
    return criterion_curve(log, _(metric.title), bool(metric.higher_is_better)) if log else None


def curve_charts(
    log: Sequence[EvaluationRecord], records: Sequence[TaskRecord], style: Mapping[str, Style]
) -> list[tuple[str, Plot]]:
    """Learning curves by task: NE of binary tasks, relative loss of others; none without an evaluation."""
    if not log:
        return []
    lead = {record.task: "ne" if "ne" in shown_metrics([record]) else "relative_loss" for record in records}
    return [(task, task_curves(task, log, metric, title_of(metric), style[task])) for task, metric in lead.items()]


def calibration(records: Sequence[TaskRecord], style: Mapping[str, Style]) -> Calibration:
    """Reliability diagrams of the records that have bins."""
    drawn = [record for record in records if record.reliability]
    return Calibration(
        [(record.task, reliability(record, style[record.task])) for record in drawn],
        [record.task for record in records if not record.reliability],
    )


def key_figures(run: RunResult) -> list[KeyFigure]:
    """What was trained, on what, and for how long."""
    training = run.metrics.network_training
    sizes = {
        split: max(r.rows.used + r.rows.unknown for r in run.metrics.splits[split]) for split in run.metrics.splits
    }
    return [
        KeyFigure(
            _("training rows"),
            number.count(training.train_rows),
            [_("{count} {split}", count=number.count(size), split=_(split)) for split, size in sizes.items()],
        ),
        KeyFigure(_("variant"), run.metrics.variant, [_("seed {seed}", seed=run.metrics.seed)]),
        KeyFigure(
            _("best epoch"),
            number.plain(training.best_epoch),
            [_("of {epochs} trained", epochs=number.plain(training.epochs))],
        ),
    ]
