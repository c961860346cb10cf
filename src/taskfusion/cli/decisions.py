"""What a server answered, by its decision log."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, print_json


@command
def decisions(
    directory: Annotated[Path, typer.Argument(help="Directory of the log.", show_default=False)],
    out_path: Annotated[
        Path | None,
        typer.Option("--out", help="Write all decisions there too, as one Parquet file.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count what servers answered, by their decision log: which tier, why, with which model, and when."""
    with loading():
        from taskfusion.cli.show.decisions import print_decisions
        from taskfusion.serve.decision.read import read_decisions
        from taskfusion.serve.decision.summary import summary, write_decisions
    log = read_decisions(directory)
    found = summary(log)
    if out_path is not None:
        write_decisions(log, out_path)
    if as_json:
        print_json({"out": None if out_path is None else str(out_path), **found.model_dump(mode="json")})
    else:
        print_decisions(found, out_path)
