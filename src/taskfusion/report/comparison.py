"""The page of a comparison: which variant is better on which task, how sure that is, and what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from taskfusion.evaluate.comparison import VariantSummary
from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.evaluate.metric import LEAD_METRIC, METRICS, lead_metric
from taskfusion.evaluate.record import TaskRecord
from taskfusion.report import number
from taskfusion.report.box import KeyFigure
from taskfusion.report.comparison_box import comparison_box
from taskfusion.report.contrast import contrast_tables
from taskfusion.report.evidence import evidence_view
from taskfusion.report.figure import BarChart, Plot
from taskfusion.report.fusion import FusionView, fusion_views, has_hidden, has_negative
from taskfusion.report.glossary import COMPARISON, FUSION, metric_terms
from taskfusion.report.language import N_, _
from taskfusion.report.learning_chart import criterion_charts
from taskfusion.report.page import render
from taskfusion.report.run import Calibration, calibration, curve_charts
from taskfusion.report.summary import evidence_summary
from taskfusion.report.table import TaskTable, task_tables
from taskfusion.report.theme import Style, styles
from taskfusion.report.variant_chart import mean_gain_chart, seed_chart
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.variants.fusion_map import FusionMap

_TUNED: Final = N_("tuned")
_PARTS = ("total", "embedding", "network", "tower")


@dataclass(frozen=True)
class ExampleRun:
    """One seed of one variant.

    Args:
        records: of the tasks, on the split of the comparison.
        log: evaluations on the validation rows; empty of several models and of trees.
        fusion: maps of the levels; empty likewise.
    """

    records: Sequence[TaskRecord]
    log: Sequence[EvaluationRecord] = ()
    fusion: Sequence[FusionMap] = ()


@dataclass(frozen=True)
class ComparisonResult:
    """What a comparison left.

    Args:
        record: what comparison.json holds.
        examples: by variant, its first seed.
        criterion: name of the metric that chose the best evaluation.
        about: by variant, what it is, as one sentence.
    """

    record: ComparisonRecord
    examples: Mapping[str, ExampleRun] = field(default_factory=dict)
    criterion: str = LEAD_METRIC
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CostRow:
    """What one variant takes, as text."""

    variant: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class StoppingRow:
    """What one evaluation for all tasks costs the tasks of one variant, as text."""

    variant: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """One seed of one variant, closely."""

    variant: str
    about: str
    seed: str
    tables: Sequence[TaskTable]
    curves: Sequence[tuple[str, Plot]]
    calibration: Calibration
    fusion: Sequence[FusionView]
    hidden: bool
    negative: bool


def comparison_report(comparison: ComparisonResult) -> str:
    """The page of a comparison as HTML; it opens offline."""
    record = comparison.record
    variants = record.summary.variants
    names = [task.name for task in record.tasks]
    style = styles(names)
    logs = {variant: example.log for variant, example in comparison.examples.items()}
    return render(
        "comparison.html",
        title=record.name,
        split=_(record.split),
        comparison=record,
        reference=record.summary.reference,
        confidence=number.percent(record.summary.confidence),
        styles=style,
        box=comparison_box(record),
        overview=evidence_summary(record.evidence, record.split),
        settings=_settings(record),
        glossary=[*COMPARISON, *metric_terms(_metrics(record)), *(FUSION if comparison.examples else ())],
        contrasts=contrast_tables(variants, names, record.best),
        evidence=None if record.evidence is None else evidence_view(record.evidence, record.summary, record.tasks),
        gains=None if record.evidence is None else mean_gain_chart(record.evidence),
        seeds=_seed_charts(record, style),
        costs=[_cost(one) for one in variants],
        criterion=METRICS[comparison.criterion],
        criterion_charts=criterion_charts(logs, _(METRICS[comparison.criterion].title)),
        stopping=[
            StoppingRow(variant, tuple(_percent(costs.get(name)) for name in names))
            for variant, costs in record.stopping_costs.items()
        ],
        examples=_examples(comparison, style),
    )


def _settings(record: ComparisonRecord) -> list[KeyFigure]:
    kinds = [task.kind for task in record.tasks]
    return [
        KeyFigure(_("methods"), str(len(record.summary.variants))),
        KeyFigure(
            _("tasks"),
            str(len(kinds)),
            [_("{count} {kind}", count=kinds.count(kind), kind=_(kind)) for kind in dict.fromkeys(kinds)],
        ),
        *(KeyFigure(_(name), _plain(value)) for name, value in record.budget.items()),
    ]


def _metrics(record: ComparisonRecord) -> set[str]:
    return {metric for one in record.summary.variants for metrics in one.tasks.values() for metric in metrics}


def _plain(value: object) -> str:
    if value == _TUNED:
        return _(_TUNED)
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


def _percent(cost: float | None) -> str:
    return number.NOT_AVAILABLE if cost is None else number.percent(cost / 100, 2)


def _seed_charts(record: ComparisonRecord, style: Mapping[str, Style]) -> list[tuple[str, BarChart]]:
    variants, reference = record.summary.variants, record.summary.reference
    charts = {
        task.name: seed_chart(
            task.name, variants, LEAD_METRIC, _(lead_metric(task.kind).title), reference, style[task.name]
        )
        for task in record.tasks
    }
    return [(task, chart) for task, chart in charts.items() if chart is not None]


def _cost(one: VariantSummary) -> CostRow:
    parameters, missing = one.parameters, [number.NOT_AVAILABLE]
    counts = missing * 4 if parameters is None else [number.count(getattr(parameters, part)) for part in _PARTS]
    flops = missing[0] if one.flops_per_row is None else number.quantity(one.flops_per_row)
    epochs = missing[0] if one.epochs is None else number.plain(one.epochs)
    return CostRow(one.variant, (*counts, flops, number.duration(one.seconds), epochs))


def _examples(comparison: ComparisonResult, style: Mapping[str, Style]) -> list[Example]:
    seeds = {one.variant: one.seeds for one in comparison.record.summary.variants}
    return [
        Example(
            variant=variant,
            about=_(about) if (about := comparison.about.get(variant)) else "",
            seed=str(seeds[variant][0]) if seeds.get(variant) else "",
            tables=task_tables({comparison.record.split: example.records}),
            curves=curve_charts(example.log, example.records, style),
            calibration=calibration(example.records, style),
            fusion=fusion_views(example.fusion),
            hidden=has_hidden(example.fusion),
            negative=has_negative(example.fusion),
        )
        for variant, example in comparison.examples.items()
    ]
