"""The application: every command of taskfusion."""

from typing import Annotated

import typer

from taskfusion import __version__
from taskfusion.cli import (
    audit,
    catalogue,
    compare,
    cost,
    dataset,
    decisions,
    experiment,
    explain,
    kit,
    pilot,
    quarantine,
    run,
    score,
    serve,
    transfer,
    tune,
    verify,
    watch,
)
from taskfusion.cli.usage import Commands

app = typer.Typer(
    name="taskfusion",
    cls=Commands,
    help="Multi-task ranking with Adaptive Task-to-Task Fusion: from a log table to a trained model and its evidence.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("init")(experiment.init)
app.command("check")(experiment.check)
app.command("audit")(audit.audit)
app.command("train")(run.train)
app.command("evaluate")(run.evaluate)
app.command("predict")(run.predict)
app.command("export")(run.export)
app.command("score")(score.score)
app.command("catalogue")(catalogue.catalogue)
app.command("serve")(serve.serve)
app.command("decisions")(decisions.decisions)
app.command("verify")(verify.verify)
app.command("compare", epilog=compare.METHODS_HELP)(compare.compare)
app.command("tune")(tune.tune)
app.command("transfer")(transfer.transfer)
app.command("explain")(explain.explain)
app.command("quarantine")(quarantine.quarantine)
app.command("cost")(cost.cost)
app.command("kit")(kit.kit)
app.add_typer(pilot.pilot)
app.add_typer(watch.watch)
app.command("data")(dataset.data)
app.command("simulate")(dataset.simulate)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", metavar="", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Options before the command."""
