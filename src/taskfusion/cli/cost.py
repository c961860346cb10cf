"""What it costs to serve a model."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, Language, RunExperiment
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, err, out, print_json


@command
def cost(
    subject: Annotated[
        Path,
        typer.Argument(
            help="Directory made by export, train or compare; of the last, most is known.", show_default=False
        ),
    ],
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the page to make.", show_default=False)],
    lang: Language = "en",
    traffic: Annotated[
        Path | None,
        typer.Option(
            help="Requests, limits and prices, YAML; left out: a million requests a day of 200 candidates.",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Table that requests are drawn from, without labels too; left out: the run's own rows.",
            show_default=False,
        ),
    ] = None,
    experiment: RunExperiment = None,
    as_json: AsJson = False,
) -> None:
    """Measure what serving takes, by one model, one per task or trees, online or in batch, and say what is cheapest."""
    with loading():
        from taskfusion.base.errors import RunError
        from taskfusion.base.files import atomic_directory, names_in, write_text
        from taskfusion.base.lock import only_writer
        from taskfusion.base.record import write_artifact
        from taskfusion.cli.show.cost import print_cost
        from taskfusion.config.traffic import Traffic, read_traffic
        from taskfusion.report.cost import cost_report
        from taskfusion.report.language import speaking
        from taskfusion.study.cost.cost import study_cost
    given = Traffic() if traffic is None else read_traffic(traffic)
    with only_writer(out_path):
        if out_path.exists() and (not out_path.is_dir() or names_in(out_path)):
            raise RunError(f"'{out_path}' exists already; name another directory with --out")
        found = study_cost(subject, given, out_path.name, data=data, experiment=experiment, on_note=err.print)
        with atomic_directory(out_path) as folder:
            write_artifact(folder / "cost.json", found)
            with speaking(lang):
                write_text(folder / "report.html", cost_report(found))
    if as_json:
        print_json({"out": str(out_path), "report": str(out_path / "report.html"), **found.model_dump(mode="json")})
        return
    print_cost(found)
    out.print(f"report: {out_path / 'report.html'}", soft_wrap=True)
