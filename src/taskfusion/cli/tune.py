"""The search for settings."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.base.extra import require_extra
from taskfusion.cli.arguments import AsJson, ExperimentFile, Language, Settings, Teachers
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, err, out, print_json


@command
def tune(
    experiment: ExperimentFile,
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the studies.", show_default=False)],
    trials: Annotated[
        int, typer.Option(min=1, metavar="N", help="Trials of every model, those of earlier calls included.")
    ] = 20,
    variants: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Variants, separated by commas; left out: the experiment's own.")
    ] = None,
    lang: Language = "en",
    settings: Settings = None,
    teachers: Teachers = None,
    as_json: AsJson = False,
) -> None:
    """Search for better settings by validation rows alone; the same call goes on where it was stopped."""
    require_extra("tune")
    with loading():
        from taskfusion.cli.inputs import read_with_tables, variant_names
        from taskfusion.cli.show.tune import print_tuning
        from taskfusion.pipeline.terminal import TerminalProgress
        from taskfusion.report.language import speaking
        from taskfusion.study.planning import require_installed, require_known
        from taskfusion.study.tune.search import tune_methods
    named = [] if variants is None else variant_names(variants)
    require_known(named)
    require_installed(named)
    content, splits = read_with_tables(experiment, settings)
    names = named or [content.network.variant]
    progress = TerminalProgress(err)
    with speaking(lang):
        found = tune_methods(
            content, splits, names, trials, out_path, base=experiment.parent, teachers=teachers, progress=progress
        )
    if as_json:
        print_json({"out": str(out_path), "report": str(out_path / "report.html"), **found.model_dump(mode="json")})
        return
    print_tuning(found, out_path)
    out.print(f"report: {out_path / 'report.html'}", soft_wrap=True)
