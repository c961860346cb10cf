"""The comparison of variants."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, ExperimentFile, Language, Settings, Teachers
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, err, out, print_json
from taskfusion.study.baseline import BASELINE_LINES, SINGLE_TASK
from taskfusion.variants.table import VARIANTS

DEFAULT_VARIANTS = ",".join([*(name for name, variant in VARIANTS.items() if variant.by_default), SINGLE_TASK])
_LINES = {**{name: variant.line for name, variant in VARIANTS.items()}, **BASELINE_LINES}
METHODS_HELP = "\n\n".join(["Variants and baselines:", *(f"{name}: {line}" for name, line in _LINES.items())])


@command
def compare(
    experiment: ExperimentFile,
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the comparison.", show_default=False)],
    variants: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            show_default=DEFAULT_VARIANTS.replace(",", ", "),
            help="Variants, separated by commas; the first is also compared with the others, and is the reference "
            "where neither single-task nor lightgbm takes part.",
        ),
    ] = DEFAULT_VARIANTS,
    seeds: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Seeds per variant, from training.seed on.")
    ] = 3,
    tuned: Annotated[
        Path | None,
        typer.Option(help="Directory of tune: every model has the best settings found there.", show_default=False),
    ] = None,
    settings: Settings = None,
    teachers: Teachers = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Train variants x seeds under one budget and compare them; the same call goes on where it was stopped."""
    with loading():
        from taskfusion.cli.inputs import read_with_tables, variant_names
        from taskfusion.cli.show.compare import print_comparison
        from taskfusion.pipeline.terminal import TerminalProgress
        from taskfusion.report.language import speaking
        from taskfusion.study.compare.comparison import compare_variants
        from taskfusion.study.planning import require_installed, require_known
    names = variant_names(variants)
    require_known(names)
    require_installed(names)
    content, splits = read_with_tables(experiment, settings)
    progress = TerminalProgress(err)
    with speaking(lang):
        found = compare_variants(
            content, splits, names, seeds, out_path, tuned_path=tuned, teachers=teachers, progress=progress
        )
    if as_json:
        print_json({"out": str(out_path), "report": str(out_path / "report.html"), **found.model_dump(mode="json")})
        return
    print_comparison(found)
    out.print(f"report: {out_path / 'report.html'}", soft_wrap=True)
