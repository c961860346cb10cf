"""Who helps whom."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, ExperimentFile, Language, Settings, Teachers
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, err, out, print_json


@command
def transfer(
    experiment: ExperimentFile,
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the study.", show_default=False)],
    seeds: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Seeds per model, from training.seed on.")
    ] = 5,
    tasks: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Tasks to leave out in turn, separated by commas; left out: all."),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(min=0, metavar="MINUTES", help="Begin no further model after so long; left out: train all."),
    ] = None,
    settings: Settings = None,
    lang: Language = "en",
    teachers: Teachers = None,
    as_json: AsJson = False,
) -> None:
    """Train with and without each task, and say which task helps or harms which; the same call goes on."""
    with loading():
        from taskfusion.base.errors import ExperimentError
        from taskfusion.cli.inputs import read_with_tables
        from taskfusion.cli.names import listed_names
        from taskfusion.cli.show.transfer import print_transfer
        from taskfusion.pipeline.terminal import TerminalProgress
        from taskfusion.report.language import speaking
        from taskfusion.study.transfer.transfer import study_transfer
    sources = None if tasks is None else listed_names(tasks)
    if sources == []:
        raise ExperimentError("--tasks should name at least one task, found none; leave it out to ask about all")
    content, splits = read_with_tables(experiment, settings)
    with speaking(lang):
        found = study_transfer(
            content,
            splits,
            sources or [],
            seeds,
            out_path,
            budget_seconds=None if budget is None else 60 * budget,
            teachers=teachers,
            progress=TerminalProgress(err),
        )
    if as_json:
        print_json({"out": str(out_path), "report": str(out_path / "report.html"), **found.model_dump(mode="json")})
        return
    print_transfer(found)
    out.print(f"report: {out_path / 'report.html'}", soft_wrap=True)
