"""What compare found."""

from taskfusion.cli.output import out
from taskfusion.evaluate.comparison import Parameters
from taskfusion.evaluate.evidence import Evidence
from taskfusion.evaluate.metric import LEAD_METRIC, lead_metric
from taskfusion.evaluate.verdict import deciding_contrasts
from taskfusion.report.comparison_box import OPTIMISTIC, interval_text
from taskfusion.report.grid import Grid
from taskfusion.report.records import format_metric
from taskfusion.report.summary import evidence_summary
from taskfusion.run.record.comparison import ComparisonRecord


def print_comparison(found: ComparisonRecord) -> None:
    """The table of variants, and what it says."""
    out.print(_table(found))
    if found.split == "validation":
        out.print(OPTIMISTIC)
    out.print(evidence_summary(found.evidence, found.split))


def _table(found: ComparisonRecord) -> Grid:
    seeds = found.budget["seeds"]
    seen = "one seed" if seeds == 1 else f"mean over {seeds} seeds"
    gains = _mean_gains(found.evidence)
    metrics = [f"{task.name} {lead_metric(task.kind).title}" for task in found.tasks]
    rows = [
        [
            row.variant,
            *(format_metric(row.tasks[task.name][LEAD_METRIC].mean) for task in found.tasks),
            gains.get(row.variant, ""),
            _trunk(row.parameters),
            f"{row.seconds:.0f}",
        ]
        for row in found.summary.variants
    ]
    return Grid(
        f"{found.split} rows, {seen}; lower is better, of gains higher",
        ["variant", *metrics, "mean gain (delta-m), %", "trunk parameters", "seconds"],
        rows,
    )


def _mean_gains(evidence: Evidence | None) -> dict[str, str]:
    """By method the mean gain over the tasks, in percent, against what decides."""
    contrasts = [] if evidence is None else deciding_contrasts(evidence)
    return {
        one.variant: interval_text(one.mean[LEAD_METRIC].negated, unit="")
        for one in contrasts
        if LEAD_METRIC in one.mean
    }


def _trunk(parameters: Parameters | None) -> str:
    return "" if parameters is None else f"{parameters.network + parameters.tower:,}"
