"""The comparison of variants."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from taskfusion.base.errors import ExperimentError
from taskfusion.cli.output import AsJson, command, err, out, print_json
from taskfusion.cli.run import ExperimentFile, Settings, Teachers, read_with_tables
from taskfusion.evaluate.comparison import Interval, Parameters
from taskfusion.evaluate.metric import LEAD_METRIC, lead_metric
from taskfusion.pipeline.terminal import TerminalProgress
from taskfusion.report.comparison import OPTIMISTIC
from taskfusion.report.records import format_metric
from taskfusion.report.summary import comparison_summary, evidence_summary
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.study.compare.comparison import compare_variants
from taskfusion.study.method import SINGLE_TASK, methods
from taskfusion.variants.table import VARIANTS

DEFAULT_VARIANTS = ",".join([*(name for name, variant in VARIANTS.items() if variant.by_default), SINGLE_TASK])
METHODS_HELP = "\n\n".join(["Variants and baselines:", *(f"{name}: {one.line}" for name, one in methods().items())])


@command
def compare(
    experiment: ExperimentFile,
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the comparison.", show_default=False)],
    variants: Annotated[
        str,
        typer.Option(
            help="Variants, separated by commas; the first is also compared with the others, and is the reference "
            "where neither single-task nor lightgbm takes part."
        ),
    ] = DEFAULT_VARIANTS,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Seeds per variant, from training.seed on.")] = 3,
    tuned: Annotated[
        Path | None,
        typer.Option(help="Directory of tune: every model has the best settings found there.", show_default=False),
    ] = None,
    settings: Settings = None,
    teachers: Teachers = None,
    as_json: AsJson = False,
) -> None:
    """Train variants x seeds under one budget and compare them; the same call goes on where it was stopped."""
    names = variant_names(variants)
    content, splits = read_with_tables(experiment, settings)
    progress = TerminalProgress(err)
    found = compare_variants(
        content, splits, names, seeds, out_path, tuned_path=tuned, teachers=teachers, progress=progress
    )
    if as_json:
        print_json({"out": str(out_path), "report": str(out_path / "report.html"), **found.model_dump(mode="json")})
        return
    out.print(_table(found))
    if found.split == "validation":
        out.print(OPTIMISTIC)
    summaries = (comparison_summary(found.summary), evidence_summary(found.evidence, found.split))
    for paragraph in filter(None, summaries):
        out.print(paragraph)
    out.print(f"report: {out_path / 'report.html'}", soft_wrap=True)


def variant_names(variants: str) -> list[str]:
    """Names of variants, separated by commas.

    Raises:
        ExperimentError: there are none.
    """
    names = [name.strip() for name in variants.split(",") if name.strip()]
    if not names:
        raise ExperimentError("--variants should name at least one variant, found none")
    return names


def _table(found: ComparisonRecord) -> Table:
    seeds = found.budget["seeds"]
    seen = "one seed" if seeds == 1 else f"mean over {seeds} seeds"
    table = Table(title=f"{found.split} rows, {seen}, lower is better", title_justify="left")
    table.add_column("variant", overflow="fold")
    for task in found.tasks:
        table.add_column(f"{task.name} {lead_metric(task.kind).title}", justify="right", overflow="fold")
    for name in ("delta-m % (higher is better)", "trunk parameters", "seconds"):
        table.add_column(name, justify="right")
    for row in found.summary.variants:
        values = [format_metric(row.tasks[task.name][LEAD_METRIC].mean) for task in found.tasks]
        cost = (_trunk(row.parameters), f"{row.seconds:.0f}")
        table.add_row(row.variant, *values, _delta_m(row.delta_m), *cost)
    return table


def _delta_m(gain: Interval | None) -> str:
    """With its interval, where there are seeds for one."""
    if gain is None:
        return ""
    low, high = gain.low, gain.high
    bounds = "" if low is None or high is None else f" [{low:+.2f}, {high:+.2f}]"
    return f"{gain.mean:+.2f}{bounds}"


def _trunk(parameters: Parameters | None) -> str:
    return "" if parameters is None else f"{parameters.network + parameters.tower:,}"
