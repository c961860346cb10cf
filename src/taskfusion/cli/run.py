"""Commands on one model: train, evaluate, predict, export."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from taskfusion.base.errors import TaskfusionError
from taskfusion.base.extra import require_extra
from taskfusion.cli.arguments import (
    AsJson,
    ExperimentFile,
    Language,
    RunExperiment,
    RunPath,
    Settings,
    TablePath,
    Teachers,
)
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, err, out, print_json


@command
def train(
    experiment: ExperimentFile,
    out_path: Annotated[Path, typer.Option("--out", help="Run directory to make.", show_default=False)],
    settings: Settings = None,
    teachers: Teachers = None,
    resume: Annotated[
        bool, typer.Option("--resume", metavar="", help="Go on with the run in --out; where there is none, begin it.")
    ] = False,
    preset: Annotated[
        str | None,
        typer.Option(
            help="Choose settings that the file does not name: fast, auto or best. fast goes by the number of rows; "
            "auto and best also try some networks, in OUT.search, and keep what pays on validation rows. Trees "
            "predict together with the network. Left out: as the file says.",
            show_default=False,
        ),
    ] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Train a model, evaluate it on validation and test rows, and write its report."""
    with loading():
        from taskfusion.cli.inputs import read_with_tables
        from taskfusion.cli.show.records import print_records
        from taskfusion.pipeline.terminal import TerminalProgress
        from taskfusion.pipeline.train import train_run
        from taskfusion.report.language import speaking
        from taskfusion.run.directory import RunDirectory
        from taskfusion.study.preset.search import choose_settings, require_preset, write_chosen
    chosen = None
    if preset is not None:
        require_preset(preset)
        if not resume:
            RunDirectory(out_path).require_absent()
    content, splits = read_with_tables(experiment, settings)
    progress = TerminalProgress(err)
    with speaking(lang):
        if preset is not None:
            folder = out_path.with_name(f"{out_path.name}.search")
            content, teachers = choose_settings(content, splits, preset, folder, teachers, progress)
            chosen = write_chosen(content, experiment.parent, folder) if folder.is_dir() else None
        directory = train_run(content, splits, out_path, resume=resume, teachers=teachers, progress=progress)
    metrics = directory.read_metrics()
    if as_json:
        print_json({"run": str(directory.path), "report": str(directory.report), **metrics.model_dump(mode="json")})
        return
    for name, records in metrics.splits.items():
        print_records(f"{name} rows", records)
    out.print(f"report: {directory.report}", soft_wrap=True)
    if chosen is not None:
        out.print(f"is sharing worth it? taskfusion compare {chosen} --out DIR", soft_wrap=True)


@command
def evaluate(run: RunPath, data: TablePath, as_json: AsJson = False) -> None:
    """Compute the metrics of a finished run on a table with labels."""
    with loading():
        from taskfusion.cli.show.records import print_records
        from taskfusion.data.table import scan
        from taskfusion.pipeline.predict import TrainedModel
    trained = TrainedModel.load(run)
    table = scan(data, trained.encoder.text_columns)
    records = trained.evaluate(table, f"'{data}'")
    _tell_strangers(trained.unseen(table), data)
    if as_json:
        print_json(
            {"run": str(run), "data": str(data), "records": [record.model_dump(mode="json") for record in records]}
        )
        return
    print_records(str(data), records)


@command
def predict(
    run: RunPath,
    data: TablePath,
    out_path: Annotated[Path, typer.Option("--out", help="Parquet file to write.", show_default=False)],
    keep: Annotated[
        str, typer.Option(metavar="NAMES", help="Columns to copy beside the predictions, separated by commas.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Write the predictions of a finished run for every row of a table."""
    with loading():
        from taskfusion.cli.names import listed_names
        from taskfusion.data.table import scan
        from taskfusion.pipeline.predict import TrainedModel, score_file
    trained = TrainedModel.load(run)
    table = scan(data, trained.encoder.text_columns)
    num_rows = score_file(trained, table, out_path, listed_names(keep))
    _tell_strangers(trained.unseen(table), data)
    if as_json:
        print_json({"run": str(run), "data": str(data), "out": str(out_path), "rows": num_rows})
        return
    out.print(f"{num_rows:,} rows scored: {out_path}", soft_wrap=True)


def _tell_strangers(unseen: Mapping[str, object], data: Path) -> None:
    """Tell on standard error of features that read nothing but values that training never saw."""
    for feature, known in unseen.items():
        err.print(
            f"note: none of the first values of feature '{feature}' in {data} was seen in training; see whether they "
            f"are written as there, like {known!r}",
            soft_wrap=True,
            markup=False,
            highlight=False,
        )


@command
def export(
    run: RunPath,
    out_path: Annotated[Path, typer.Option("--out", help="Directory to make.", show_default=False)],
    score: Annotated[
        str | None,
        typer.Option(
            metavar="SUM",
            help="Candidates are to be ordered by a sum, such as '0.7*like + 0.3*click'; left out: by the first "
            "prediction.",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Table whose columns and predictions are counted as reference; left out: the run's test rows, or its "
            "validation rows.",
            show_default=False,
        ),
    ] = None,
    experiment: RunExperiment = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write a finished run as ONNX graphs with all that scoring needs, checked against the run's model."""
    require_extra("export")
    with loading():
        from taskfusion.pipeline.export import export_run
        from taskfusion.report.language import speaking
    warnings = _varying_features(run, experiment)
    with speaking(lang):
        made = export_run(run, out_path, score, data=data, experiment=experiment)
    if as_json:
        print_json({**asdict(made), "run": str(run), "path": str(made.path), "warnings": warnings})
        return
    megabytes = made.num_bytes / 1e6
    out.print(f"exported in {made.seconds:.0f} s, {megabytes:,.1f} MB: {out_path}", soft_wrap=True)
    out.print(f"ONNX Runtime computes what the model does, to {made.difference:.0e} of a prediction", highlight=False)
    rows = f"{made.bytes_per_item:,} bytes per item" if made.not_split is None else f"none, {made.not_split}"
    out.print(f"item rows: {rows}", soft_wrap=True, highlight=False)
    reference = made.reference if made.no_reference is None else f"none, {made.no_reference}"
    out.print(f"reference of what it reads and predicts: {reference}", soft_wrap=True, highlight=False, markup=False)
    for warning in warnings:
        err.print(f"warning: {warning}", soft_wrap=True, markup=False, highlight=False)


def _varying_features(run: Path, experiment: Path | None) -> list[str]:
    """What check says of features that vary within a request, where the tables of a finished run are there."""
    with loading():
        from taskfusion.inspect.check.request import varying_in_table
        from taskfusion.pipeline.holdout import own_tables
        from taskfusion.run.directory import RunDirectory
    directory = RunDirectory(run)
    directory.require_finished()
    content = directory.experiment()
    try:
        return list(
            varying_in_table(content.group, content.features, own_tables(directory, content.data, experiment)["train"])
        )
    except TaskfusionError:
        return []  # what is not there is told by the export
