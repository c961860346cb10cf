"""The kit of a project, for those who bring a model into a product."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, ExperimentFile, Language
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, out, print_json


@command
def kit(
    experiment: ExperimentFile,
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the kit to make.", show_default=False)],
    kpi: Annotated[
        Path | None,
        typer.Option(help="The KPI registry; left out: the charter's, or kpi.yaml beside the experiment."),
    ] = None,
    charter: Annotated[Path | None, typer.Option(help="The charter of a pilot; left out: a first one is made.")] = None,
    audit: Annotated[
        Path | None, typer.Option(help="What taskfusion audit left, for the checklist; left out: nothing.")
    ] = None,
    cost: Annotated[
        Path | None, typer.Option(help="What taskfusion cost left, for the sheet of returns; left out: nothing.")
    ] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write checklist, charter, ramp plan, runbook and sheets of a project, filled with its KPIs, tasks and owners."""
    with loading():
        from taskfusion.base.errors import RunError
        from taskfusion.base.files import atomic_directory, names_in, write_text
        from taskfusion.config.experiment import read_experiment
        from taskfusion.inspect.kit import KitSources, read_project
        from taskfusion.report.kit import MARKS, kit_files, open_places
        from taskfusion.report.kit_page import kit_page
    if out_path.exists() and (not out_path.is_dir() or names_in(out_path)):
        raise RunError(f"'{out_path}' exists already; name another directory with --out")
    content = read_experiment(experiment)
    sources = KitSources(experiment, kpi, charter, audit, cost)
    project = read_project(sources, content.table_schema, content.data, out_path)
    files = kit_files(project, lang)
    page = out_path / "report.html"
    with atomic_directory(out_path) as folder:
        for name, text in files.items():
            write_text(folder / name, text)
        write_text(folder / page.name, kit_page(project, files, lang))
    places = open_places(files, lang)
    if as_json:
        listed = {"files": list(files), "mark": MARKS[lang], "open": places}
        print_json({"out": str(out_path), "report": str(page), **listed})
        return
    for name in files:
        out.print(f"{out_path / name}{f': {places[name]} to fill in' if name in places else ''}", soft_wrap=True)
    out.print(f"{sum(places.values())} values are left to people: search for '{MARKS[lang]}'")
    out.print(f"report: {page}", soft_wrap=True)
