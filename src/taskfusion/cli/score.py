"""Predictions of an exported model for tables of any size, and whether all ways of scoring agree; no torch."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, BundlePath
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, err, print_json


@command
def score(
    bundle: BundlePath,
    data: Annotated[
        Path,
        typer.Option(
            "--in",
            help="The table: a file (Parquet, CSV, TSV, JSON lines), a directory of Parquet files, or a pattern.",
            show_default=False,
        ),
    ],
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the Parquet parts.", show_default=False)],
    keep: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Columns to copy beside the predictions, separated by commas; left out: the group, and the ids of "
            "user and item.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Threads that score; left out: one per core.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write an exported model's predictions for every row of a table, without torch; the same call goes on."""
    with loading():
        from taskfusion.cli.names import listed_names
        from taskfusion.cli.show.score import ScoreProgress, print_score
        from taskfusion.serve.batch.score import Cut, score_table
    with ScoreProgress(err) as progress:
        names = None if keep is None else listed_names(keep)
        found = score_table(bundle, data, out_path, names, Cut(workers=workers), progress)
    if as_json:
        print_json({"out": str(out_path), **found.model_dump(mode="json")})
        return
    print_score(found, out_path)
