"""The search for settings."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from taskfusion.cli.compare import variant_names
from taskfusion.cli.output import AsJson, command, err, out, print_json
from taskfusion.cli.run import ExperimentFile, Settings, Teachers, read_with_tables
from taskfusion.evaluate.metric import METRICS
from taskfusion.pipeline.terminal import TerminalProgress
from taskfusion.report.records import format_metric
from taskfusion.run.record.tuning import TuningRecord
from taskfusion.study.tune.search import BEST, tune_methods


@command
def tune(
    experiment: ExperimentFile,
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the studies.", show_default=False)],
    trials: Annotated[int, typer.Option(min=1, help="Trials of every model, those of earlier calls included.")] = 20,
    variants: Annotated[
        str | None, typer.Option(help="Variants, separated by commas; left out: the experiment's own.")
    ] = None,
    settings: Settings = None,
    teachers: Teachers = None,
    as_json: AsJson = False,
) -> None:
    """Search for better settings by validation rows alone; the same call goes on where it was stopped."""
    content, splits = read_with_tables(experiment, settings)
    names = [content.network.variant] if variants is None else variant_names(variants)
    progress = TerminalProgress(err)
    found = tune_methods(
        content, splits, names, trials, out_path, base=experiment.parent, teachers=teachers, progress=progress
    )
    if as_json:
        print_json({"out": str(out_path), "report": str(out_path / "report.html"), **found.model_dump(mode="json")})
        return
    out.print(_table(found))
    for study in found.studies:
        path = out_path / study.variant / study.model / BEST
        out.print(f"best settings: {path}", soft_wrap=True)
    out.print(f"report: {out_path / 'report.html'}", soft_wrap=True)


def _table(found: TuningRecord) -> Table:
    table = Table(title="validation rows", title_justify="left")
    table.add_column("model", overflow="fold")
    for name in ("criterion", "first trial", "best", "in trial", "trials", "stopped early", "seconds"):
        table.add_column(name, justify="right")
    for study in found.studies:
        trials = study.trials
        table.add_row(
            f"{study.variant} {study.model}".strip(),
            METRICS[study.criterion].title,
            format_metric(trials[0].value),
            format_metric(study.best_trial.value),
            str(study.best),
            str(len(trials)),
            str(sum(trial.stopped is not None for trial in trials)),
            f"{sum(trial.seconds for trial in trials):.0f}",
        )
    return table
