"""What compare found."""

from taskfusion.cli.output import out
from taskfusion.evaluate.comparison import Interval, Parameters
from taskfusion.evaluate.metric import LEAD_METRIC, lead_metric
from taskfusion.report.comparison import OPTIMISTIC
from taskfusion.report.grid import Grid
from taskfusion.report.records import format_metric
from taskfusion.report.summary import comparison_summary, evidence_summary
from taskfusion.run.record.comparison import ComparisonRecord


def print_comparison(found: ComparisonRecord) -> None:
    """The table of variants, and what it says."""
    out.print(_table(found))
    if found.split == "validation":
        out.print(OPTIMISTIC)
    summaries = (comparison_summary(found.summary), evidence_summary(found.evidence, found.split))
    for paragraph in filter(None, summaries):
        out.print(paragraph)


def _table(found: ComparisonRecord) -> Grid:
    seeds = found.budget["seeds"]
    seen = "one seed" if seeds == 1 else f"mean over {seeds} seeds"
    metrics = [f"{task.name} {lead_metric(task.kind).title}" for task in found.tasks]
    rows = [
        [
            row.variant,
            *(format_metric(row.tasks[task.name][LEAD_METRIC].mean) for task in found.tasks),
            _delta_m(row.delta_m),
            _trunk(row.parameters),
            f"{row.seconds:.0f}",
        ]
        for row in found.summary.variants
    ]
    return Grid(
        f"{found.split} rows, {seen}; lower is better, of delta-m higher",
        ["variant", *metrics, "delta-m %", "trunk parameters", "seconds"],
        rows,
    )


def _delta_m(gain: Interval | None) -> str:
    """With its interval, where there are seeds for one."""
    if gain is None:
        return ""
    low, high = gain.low, gain.high
    bounds = "" if low is None or high is None else f" [{low:+.2f}, {high:+.2f}]"
    return f"{gain.mean:+.2f}{bounds}"


def _trunk(parameters: Parameters | None) -> str:
    return "" if parameters is None else f"{parameters.network + parameters.tower:,}"
