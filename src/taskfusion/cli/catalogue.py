"""Items of an exported model, encoded beforehand for serve; no torch."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, BundlePath
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, err, print_json


@command
def catalogue(
    bundle: BundlePath,
    items: Annotated[
        Path,
        typer.Option(help="Table of items, one row per item.", show_default=False),
    ],
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the catalogue.", show_default=False)],
    item_id: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Ids in --items; left out: the first categorical feature of items."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Encode a table of items for serve; the same call again computes only what is new or changed."""
    with loading():
        from taskfusion.cli.show.catalogue import print_catalogue
        from taskfusion.cli.show.score import ScoreProgress
        from taskfusion.serve.catalogue.write import write_catalogue
    with ScoreProgress(err, "encoding", "items") as progress:
        found = write_catalogue(bundle, items, out_path, item_id, progress)
    if as_json:
        print_json({"out": str(out_path), **found.model_dump(mode="json")})
        return
    print_catalogue(found, out_path)
