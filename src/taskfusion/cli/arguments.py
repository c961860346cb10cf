"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.report import language

ExperimentFile = Annotated[Path, typer.Argument(help="The experiment file, YAML.", show_default=False)]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Replace a setting: --set training.epochs=3.")
]
RunPath = Annotated[Path, typer.Argument(help="The run directory.", show_default=False)]
RunExperiment = Annotated[
    Path | None,
    typer.Option(
        help="The run's experiment file; left out: its tables are looked for from here and from the run on up.",
        show_default=False,
    ),
]
BundlePath = Annotated[Path, typer.Argument(help="Directory made by taskfusion export.", show_default=False)]
TablePath = Annotated[
    Path, typer.Option("--data", help="The table; Parquet, CSV, TSV or JSON lines.", show_default=False)
]
Teachers = Annotated[
    Path | None,
    typer.Option(
        help="Directory where predictions of teachers are cached for other commands too; left out: in --out.",
        show_default=False,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", metavar="", help="Print one JSON object as the last line, for programs.")
]
Language = Annotated[language.Language, typer.Option("--lang", help="Language of the page that is written.")]
