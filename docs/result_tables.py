"""Tables of docs/results.md, in Markdown."""

from collections.abc import Mapping, Sequence

from result_runs import STUDIED

from taskfusion.evaluate.comparison import Difference, Interval, MetricSummary, Summary, VariantSummary
from taskfusion.evaluate.evidence import BETTER_BASELINE, Contrast, Evidence


def summary_table(summary: Summary, tasks: Sequence[str]) -> str:
    """Every variant, its metrics task by task, and what it costs."""
    head = ["variant", *tasks, "delta-m %", "parameters (trunk)", "MFLOPs per row", "seconds"]
    return lines(head, [_row(row, tasks, summary.reference) for row in summary.variants])


def lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *rows])


def _row(row: VariantSummary, tasks: Sequence[str], reference: str) -> list[str]:
    gain, size = row.delta_m, row.parameters
    delta = "reference" if row.variant == reference else "n/a" if gain is None else interval(gain)
    parameters = "n/a" if size is None else f"{size.total:,} ({size.network + size.tower:,})"
    flops = "n/a" if row.flops_per_row is None else f"{row.flops_per_row / 1e6:.2f}"
    cells = [_cell(row.tasks[task]) for task in tasks]
    return [row.variant, *cells, delta, parameters, flops, f"{row.seconds:.0f}"]


def evidence_table(evidence: Evidence, tasks: Sequence[str]) -> str:
    """NE of the studied variant against every baseline, of all variants against the better one, and of the studied one
    against the others; then AUC and GAUC.
    """
    contrasts = evidence.contrasts
    better = [one for one in contrasts if one.baseline == BETTER_BASELINE]
    own = [one for one in contrasts if one.variant in STUDIED and one not in better]
    rows = [["NE %", *_contrast(one, "relative_loss", 1, tasks)] for one in (*own, *better, *evidence.between)]
    for metric in ("auc", "gauc"):
        rows += [
            [f"{metric.upper()} x 100", *_contrast(one, metric, 100, tasks)]
            for one in better
            if one.variant in STUDIED and metric in one.mean
        ]
    return lines(["metric", "variant", "against", *tasks, "mean"], rows)


def _contrast(one: Contrast, metric: str, scale: int, tasks: Sequence[str]) -> list[str]:
    changes = [*(one.tasks[task].get(metric) for task in tasks), one.mean.get(metric)]
    return [one.variant, one.baseline, *("" if change is None else _change(change, scale) for change in changes)]


def _change(change: Difference, scale: int) -> str:
    return f"{interval(change, scale)} {change.verdict}"


def interval(change: Interval, scale: int = 1) -> str:
    """The mean, and its interval where there is one."""
    mean = f"{scale * change.mean:+.2f}"
    ends = change.ends
    return mean if ends is None else f"{mean} [{', '.join(f'{scale * end:+.2f}' for end in ends)}]"


def _cell(metrics: Mapping[str, MetricSummary]) -> str:
    """The mean over seeds, and the deviation where there are several."""
    mean, std = metrics["relative_loss"].mean, metrics["relative_loss"].std
    loss = f"{mean:.4f}" if std is None else f"{mean:.4f} ± {std:.4f}"
    return f"{metrics['auc'].mean:.4f} ({loss})" if "auc" in metrics else loss
