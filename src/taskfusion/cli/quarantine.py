"""A remedy without training: mask a task."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, Language, RunExperiment, RunPath
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, out, print_json

NOT_KEPT = 1
"""Exit code where the remedy does not help, so that nothing is made."""


@command
def quarantine(
    run: RunPath,
    source: Annotated[str, typer.Option(metavar="TASK", help="Task that nothing else shall take from.")],
    out_path: Annotated[Path, typer.Option("--out", help="Run directory to make.", show_default=False)],
    data: Annotated[
        Path | None,
        typer.Option(
            help="Table with labels that decides and that predictions are corrected on, such as rows since the fault "
            "began; left out: the run's validation rows.",
            show_default=False,
        ),
    ] = None,
    lang: Language = "en",
    experiment: RunExperiment = None,
    as_json: AsJson = False,
) -> None:
    """Mask a task's experts in a finished run, without training; kept where the other tasks gain."""
    with loading():
        from taskfusion.cli.show.quarantine import print_quarantine
        from taskfusion.pipeline.quarantine import quarantine_run
        from taskfusion.report.language import speaking
        from taskfusion.run.directory import RunDirectory
    with speaking(lang):
        found = quarantine_run(run, source, out_path, data=data, experiment=experiment)
    report = str(RunDirectory(out_path).report) if found.kept else None
    if as_json:
        print_json({"out": str(out_path) if found.kept else None, "report": report, **found.model_dump(mode="json")})
    else:
        print_quarantine(found)
        if report is not None:
            out.print(f"report: {report}", soft_wrap=True)
    if not found.kept:
        raise typer.Exit(NOT_KEPT)
