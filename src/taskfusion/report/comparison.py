"""The page of a comparison: which variant is better on which task, how sure that is, and what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from taskfusion.evaluate.evidence import Evidence
from taskfusion.evaluate.metric import LEAD_METRIC, METRICS, lead_metric
from taskfusion.report import number
from taskfusion.report.chart import Chart, Record
from taskfusion.report.contrast import contrast_tables
from taskfusion.report.evidence import evidence_view
from taskfusion.report.fusion import has_hidden
from taskfusion.report.page import render
from taskfusion.report.run import Calibration, FusionView, KeyFigure, calibration, curve_charts, fusion_views
from taskfusion.report.summary import comparison_summary, evidence_summary
from taskfusion.report.table import TaskTable, task_tables
from taskfusion.report.theme import Style, styles
from taskfusion.report.variant_chart import criterion_charts, delta_m_chart, seed_chart

OPTIMISTIC = (
    "There is no test split: these are the rows that chose each model's best epoch, so the numbers are optimistic."
)
"""Said where the split of a comparison is validation."""


_PARTS = ("total", "embedding", "network", "tower")


@dataclass(frozen=True)
class ComparisonResult:
    """What a comparison left, as plain data that passes through JSON.

    Args:
        name: what the comparison is called.
        split: split that the metrics are from.
        summary: variants over seeds against the reference, as evaluate.comparison.summarize gives it.
        verdicts: one sentence per variant.
        tasks: "name" and "kind" of each task.
        examples: by variant, of its first seed: "log" and "fusion" as in RunResult, and the split's task "records".
        best: metrics of the simulator's truth by task; empty where none is known.
        budget: what all variants were given, as names and values.
        criterion: name of the metric that chose the best evaluation.
        stopping_costs: by variant and task, what one evaluation for all tasks costs, as OwnBest has it, seeds averaged.
        about: by variant, what it is, as one sentence.
        evidence: differences over test rows, as evaluate.evidence.evidence gives it; None for one variant alone.
    """

    name: str
    split: str
    summary: Record
    verdicts: Sequence[str]
    tasks: Sequence[Record]
    examples: Mapping[str, Record] = field(default_factory=dict)
    best: Mapping[str, Record] = field(default_factory=dict)
    budget: Mapping[str, Any] = field(default_factory=dict)
    criterion: str = LEAD_METRIC
    stopping_costs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence | None = None


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
    curves: Sequence[tuple[str, Chart]]
    calibration: Calibration
    fusion: Sequence[FusionView]
    hidden: bool


def comparison_report(comparison: ComparisonResult) -> str:
    """The page of a comparison as HTML; it opens offline."""
    variants: Sequence[Record] = comparison.summary["variants"]
    names = [task["name"] for task in comparison.tasks]
    style = styles(names)
    logs = {variant: example["log"] for variant, example in comparison.examples.items()}
    return render(
        "comparison.html",
        title=comparison.name,
        comparison=comparison,
        caution=OPTIMISTIC if comparison.split == "validation" else "",
        reference=comparison.summary["reference"],
        confidence=number.percent(comparison.summary["confidence"]),
        styles=style,
        overview=comparison_summary(comparison.summary),
        evidence_overview=evidence_summary(comparison.evidence, comparison.split),
        key_figures=_key_figures(comparison),
        contrasts=contrast_tables(variants, names, comparison.best),
        evidence=None if comparison.evidence is None else evidence_view(comparison.evidence, names),
        delta_m=delta_m_chart(variants, comparison.summary["reference"]),
        seeds=_seed_charts(comparison, style),
        costs=[_cost(one) for one in variants],
        criterion=METRICS[comparison.criterion],
        criterion_charts=criterion_charts(logs, METRICS[comparison.criterion].title),
        stopping=[
            StoppingRow(variant, tuple(_percent(costs.get(name)) for name in names))
            for variant, costs in comparison.stopping_costs.items()
        ],
        examples=_examples(comparison, style),
    )


def _key_figures(comparison: ComparisonResult) -> list[KeyFigure]:
    summary = comparison.summary
    kinds = [task["kind"] for task in comparison.tasks]
    reference, names = summary["reference"], [one["variant"] for one in summary["variants"]]
    return [
        KeyFigure("variants", str(len(names)), [f"against {reference}"] if reference in names else []),
        KeyFigure("tasks", str(len(kinds)), [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]),
        *(KeyFigure(name, _plain(value)) for name, value in comparison.budget.items()),
    ]


def _plain(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


def _percent(cost: float | None) -> str:
    return number.NOT_AVAILABLE if cost is None else number.percent(cost / 100, 2)


def _seed_charts(comparison: ComparisonResult, style: Mapping[str, Style]) -> list[tuple[str, Chart]]:
    variants, reference = comparison.summary["variants"], comparison.summary["reference"]
    return [
        (
            task["name"],
            seed_chart(
                task["name"], variants, LEAD_METRIC, lead_metric(task["kind"]).title, reference, style[task["name"]]
            ),
        )
        for task in comparison.tasks
    ]


def _cost(one: Record) -> CostRow:
    parameters, missing = one["parameters"], [number.NOT_AVAILABLE]
    counts = missing * 4 if parameters is None else [number.count(parameters[part]) for part in _PARTS]
    flops = missing[0] if one["flops_per_row"] is None else number.quantity(one["flops_per_row"])
    epochs = missing[0] if one["epochs"] is None else number.plain(one["epochs"])
    return CostRow(one["variant"], (*counts, flops, number.duration(one["seconds"]), epochs))


def _examples(comparison: ComparisonResult, style: Mapping[str, Style]) -> list[Example]:
    seeds = {one["variant"]: one["seeds"] for one in comparison.summary["variants"]}
    return [
        Example(
            variant=variant,
            about=comparison.about.get(variant, ""),
            seed=str(seeds[variant][0]) if seeds.get(variant) else "",
            tables=task_tables({comparison.split: example["records"]}),
            curves=curve_charts(example["log"], example["records"], style),
            calibration=calibration(example["records"], style),
            fusion=fusion_views(example["fusion"]),
            hidden=has_hidden(example["fusion"]),
        )
        for variant, example in comparison.examples.items()
    ]
