"""What a trained model takes from whom."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, Language
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, err, out, print_json

Row = Annotated[
    str | None,
    typer.Option(
        metavar="CONDITION",
        help='Explain one row: its index from 0, or an SQL condition like "user_id = 7 AND hour > 20", which takes the '
        "first row that satisfies it.",
        show_default=False,
    ),
]


@command
def explain(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...|COMPARISON",
            help="A run, runs of one experiment with several seeds, or a comparison, of which the first shared network "
            "is explained.",
            show_default=False,
        ),
    ],
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the page to make.", show_default=False)],
    data: Annotated[
        Path | None,
        typer.Option(
            help="Table with labels; Parquet, CSV, TSV or JSON lines. Left out: the test rows that the run names.",
            show_default=False,
        ),
    ] = None,
    segment: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Categorical feature: look at each of its values too.", show_default=False),
    ] = None,
    row: Row = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say what a trained model takes from which task, how sure that is, and what it rests on."""
    with loading():
        from taskfusion.base.errors import RunError
        from taskfusion.base.files import atomic_directory, names_in, write_text
        from taskfusion.base.record import write_artifact
        from taskfusion.cli.show.explain import print_explanation
        from taskfusion.report.explain import explain_report
        from taskfusion.report.language import speaking
        from taskfusion.study.explain.explain import explain_runs
    if out_path.exists() and (not out_path.is_dir() or names_in(out_path)):
        raise RunError(f"'{out_path}' exists already; name another directory with --out")
    found = explain_runs(runs, data, segment, row, out_path.name, err.print)
    with atomic_directory(out_path) as folder:
        write_artifact(folder / "explain.json", found)
        with speaking(lang):
            write_text(folder / "report.html", explain_report(found))
    if as_json:
        print_json({"out": str(out_path), "report": str(out_path / "report.html"), **found.model_dump(mode="json")})
        return
    print_explanation(found)
    out.print(f"report: {out_path / 'report.html'}", soft_wrap=True)
