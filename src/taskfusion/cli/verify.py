"""Whether all ways of scoring with an exported model agree."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, BundlePath, TablePath
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, print_json


@command
def verify(
    bundle: BundlePath,
    data: TablePath,
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="The run that was exported, whose own predictions the others are held to (loads torch).",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score rows of a table in every way that an exported model has, and say by how much they differ."""
    with loading():
        from taskfusion.cli.show.verify import print_verification
        from taskfusion.serve.verify import require_agreement
        from taskfusion.serve.verify import verify as verify_bundle
    score = None
    if run is not None:
        with loading():
            from taskfusion.pipeline.predict import TrainedModel
        score = TrainedModel.load(run, "cpu").score
    found = verify_bundle(bundle, data, score)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_verification(found)
    require_agreement(found)
