"""Commands on an experiment file: init, check."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, ExperimentFile, Settings
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, out, print_json


@command
def init(
    data: Annotated[
        Path,
        typer.Argument(help="The log, one row per impression; Parquet, CSV, TSV or JSON lines.", show_default=False),
    ],
    out_path: Annotated[Path, typer.Option("--out", help="Experiment file to write.")] = Path("experiment.yaml"),
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task",
            metavar="COLUMN",
            help="Label column, for each task; left out: told by the names.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Infer features and tasks from a log, and write an experiment file to edit."""
    with loading():
        from taskfusion.cli.show.init import inferred_content, print_inferred
        from taskfusion.inspect.init.experiment import write_inferred
    inferred = write_inferred(data, out_path, task or ())
    if as_json:
        print_json({"out": str(out_path), **inferred_content(inferred)})
        return
    print_inferred(inferred)
    out.print(f"{out_path} written; read it, then: taskfusion check {out_path}", soft_wrap=True)
    registry = out_path.with_name("kpi.yaml")
    out.print(
        f"what its KPIs mean: edit {registry}, then: taskfusion audit {out_path} --kpi {registry} --out audit",
        soft_wrap=True,
    )
    out.print(f"and: taskfusion train {out_path} --preset auto --out runs/first", soft_wrap=True)


@command
def check(experiment: ExperimentFile, settings: Settings = None, as_json: AsJson = False) -> None:
    """Show what an experiment would train, and what looks wrong, without training."""
    with loading():
        from taskfusion.cli.inputs import read_with_tables
        from taskfusion.cli.show.check import print_check
        from taskfusion.inspect.check.experiment import check_experiment
    content, tables = read_with_tables(experiment, settings)
    found = check_experiment(content, tables)
    if as_json:
        print_json({"experiment": str(experiment), **found})
        return
    print_check(found)
