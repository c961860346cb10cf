"""The application: every command of taskfusion."""

import typer

from taskfusion.cli import compare, dataset, experiment, run

app = typer.Typer(
    name="taskfusion",
    help="Multi-task ranking with Adaptive Task-to-Task Fusion: from a log table to a trained model and its evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("init")(experiment.init)
app.command("check")(experiment.check)
app.command("train")(run.train)
app.command("evaluate")(run.evaluate)
app.command("predict")(run.predict)
app.command("compare")(compare.compare)
app.command("data")(dataset.data)
app.command("simulate")(dataset.simulate)


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True),
) -> None:
    """Options before the command."""


def main() -> None:
    """Entry point."""
    app()
