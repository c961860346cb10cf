"""A watch over served models."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, TablePath
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, out, print_json
from taskfusion.cli.usage import Commands

watch = typer.Typer(name="watch", cls=Commands, help="See harm before users feel it: reference, run.")


@watch.command("reference")
@command
def reference(
    source: Annotated[Path, typer.Argument(metavar="RUN|BUNDLE", help="A finished run, or an exported model.")],
    data: TablePath,
    out_path: Annotated[Path, typer.Option("--out", help="Directory to make.", show_default=False)],
    time: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="When a row was; left out: all days of the week are alike.")
    ] = None,
    request: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Whose rows belong together; left out: the model's group, if it has one."),
    ] = None,
    segments: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Columns whose values part rows, separated by commas.")
    ] = None,
    window: Annotated[
        int, typer.Option(min=500, max=1_000_000, metavar="ROWS", help="Labelled rows of a window.")
    ] = 5000,
    as_json: AsJson = False,
) -> None:
    """Keep what a model's traffic is held against: histograms, calibration and limits, never rows."""
    with loading():
        from taskfusion.cli.names import listed_names
        from taskfusion.cli.show.watch import print_reference
        from taskfusion.cli.watched import watched_model
        from taskfusion.data.table import scan
        from taskfusion.watch.reference.build import ReferenceQuestion, build_reference
        from taskfusion.watch.reference.model import KnownModel, without_weights
    model = watched_model(source)
    schema = without_weights(model.schema)
    question = ReferenceQuestion(
        schema=schema,
        encoder=model.encoder,
        predict=model.predict,
        bundle=model.bundle,
        time=time,
        request=request or schema.group,
        segments=listed_names(segments) if segments else [],
        window=window,
    )
    found = build_reference(question, scan(data, model.encoder.text_columns), data.name)
    KnownModel(found, schema, model.encoder).save(out_path)
    if as_json:
        print_json({"out": str(out_path), **found.model_dump(mode="json")})
        return
    print_reference(found)
    out.print(f"reference: {out_path}", soft_wrap=True)


@watch.command("run")
@command
def run(
    settings: Annotated[Path, typer.Argument(metavar="WATCH", help="What is watched (YAML).", show_default=False)],
    once: Annotated[bool, typer.Option("--once", metavar="", help="Read what there is, and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read decisions and outcomes as they come, and say what is wrong; the same call goes on."""
    with loading():
        from taskfusion.cli.show.watch import print_watch
        from taskfusion.cli.watched import watching
        from taskfusion.config.watch import read_watch
    content, kpis = read_watch(settings)
    found = watching(content, kpis, once=once)
    if as_json:
        print_json({"state": content.state, **found.model_dump(mode="json")})
        return
    print_watch(found)
    out.print(f"alarms: {Path(content.state) / 'alarms.json'}", soft_wrap=True)
