"""Commands on one model: train, evaluate, predict, export."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import ExperimentError
from taskfusion.cli.output import AsJson, command, err, out, print_json, print_records
from taskfusion.config.experiment import Experiment, read_experiment
from taskfusion.data.prepared import SplitTables
from taskfusion.data.table import scan
from taskfusion.pipeline.export import export_run
from taskfusion.pipeline.predict import TrainedModel, score_file
from taskfusion.pipeline.terminal import TerminalProgress
from taskfusion.pipeline.train import train_run

ExperimentFile = Annotated[Path, typer.Argument(help="The experiment file, YAML.", show_default=False)]
Settings = Annotated[list[str] | None, typer.Option("--set", help="Replace a setting: --set training.epochs=3.")]
RunPath = Annotated[Path, typer.Argument(help="The run directory.", show_default=False)]
Teachers = Annotated[
    Path | None,
    typer.Option(
        help="Directory where predictions of teachers are cached for other commands too; left out: in --out.",
        show_default=False,
    ),
]
Table = Annotated[Path, typer.Option("--data", help="The table, Parquet or CSV.", show_default=False)]


def read_with_tables(path: Path, settings: list[str] | None) -> tuple[Experiment, SplitTables]:
    """An experiment and the tables that it names."""
    experiment = read_experiment(path, settings or ())
    if experiment.data is None:
        raise ExperimentError(f"'{path}' should say under data where the rows are (train and validation, or table)")
    return experiment, read_tables(experiment.data, path.parent)


@command
def train(
    experiment: ExperimentFile,
    out_path: Annotated[Path, typer.Option("--out", help="Run directory to make.", show_default=False)],
    settings: Settings = None,
    teachers: Teachers = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out; where there is none, begin it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train a model, evaluate it on validation and test rows, and write its report."""
    content, splits = read_with_tables(experiment, settings)
    progress = TerminalProgress(err)
    directory = train_run(content, splits, out_path, resume=resume, teachers=teachers, progress=progress)
    metrics = directory.read_metrics()
    if as_json:
        print_json({"run": str(directory.path), "report": str(directory.report), **metrics.model_dump(mode="json")})
        return
    for name, records in metrics.splits.items():
        print_records(f"{name} rows", records)
    out.print(f"report: {directory.report}", soft_wrap=True)


@command
def evaluate(run: RunPath, data: Table, as_json: AsJson = False) -> None:
    """Compute the metrics of a finished run on a table with labels."""
    trained = TrainedModel.load(run)
    records = trained.evaluate(scan(data, trained.encoder.text_columns), f"'{data}'")
    if as_json:
        print_json(
            {"run": str(run), "data": str(data), "records": [record.model_dump(mode="json") for record in records]}
        )
        return
    print_records(str(data), records)


@command
def predict(
    run: RunPath,
    data: Table,
    out_path: Annotated[Path, typer.Option("--out", help="Parquet file to write.", show_default=False)],
    keep: Annotated[str, typer.Option(help="Columns to copy beside the predictions, separated by commas.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write the predictions of a finished run for every row of a table."""
    trained = TrainedModel.load(run)
    columns = [name.strip() for name in keep.split(",") if name.strip()]
    num_rows = score_file(trained, scan(data, trained.encoder.text_columns), out_path, columns)
    if as_json:
        print_json({"run": str(run), "data": str(data), "out": str(out_path), "rows": num_rows})
        return
    out.print(f"{num_rows:,} rows scored: {out_path}", soft_wrap=True)


@command
def export(
    run: RunPath,
    out_path: Annotated[Path, typer.Option("--out", help="Directory to make.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Write a finished run as ONNX graphs with all that scoring needs, checked against the run's model."""
    made = export_run(run, out_path)
    if as_json:
        print_json({**asdict(made), "run": str(run), "path": str(made.path)})
        return
    megabytes = made.num_bytes / 1e6
    out.print(f"exported in {made.seconds:.0f} s, {megabytes:,.1f} MB: {out_path}", soft_wrap=True)
    out.print(f"ONNX Runtime computes what the model does, to {made.difference:.0e} of a prediction", highlight=False)
    rows = f"{made.bytes_per_item:,} bytes per item" if made.not_split is None else f"none, {made.not_split}"
    out.print(f"item rows: {rows}", soft_wrap=True, highlight=False)
