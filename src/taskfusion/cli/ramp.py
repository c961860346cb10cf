"""A candidate widened stage by stage."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskfusion.base.errors import ExperimentError
from taskfusion.base.extra import require_extra
from taskfusion.cli.arguments import AsJson, Language
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, out, print_json

if TYPE_CHECKING:
    from taskfusion.config.ramp import Ramp

NOT_PASSED = 1
"""Exit code where the candidate was rolled back, or a stage took too long."""


@command
def ramp(
    file: Annotated[Path, typer.Argument(metavar="RAMP", help="Server, candidate, stages and judges (YAML).")],
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the journal.", show_default=False)],
    until: Annotated[
        str | None,
        typer.Option(metavar="STAGE", help="End after the success of this stage, such as 20; left out: the last."),
    ] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Widen a candidate on a running server stage by stage, and roll it back where it harms."""
    with loading():
        from taskfusion.cli.show.ramp import Lines, print_ramp
        from taskfusion.config.charter import read_charter
        from taskfusion.config.ramp import read_ramp
        from taskfusion.pilot.ramp.run import REPORT, run_ramp
    content = read_ramp(file)
    if content.outcomes is not None:
        require_extra("pilot")
    charter, kpis = read_charter(Path(content.charter))
    last = None if until is None else _stage(content, until)
    found = run_ramp(content, charter, kpis, out_path, last, (lambda *_: None) if as_json else Lines(), lang)
    if as_json:
        print_json({"out": str(out_path), "report": str(out_path / REPORT), **found.model_dump(mode="json")})
    else:
        print_ramp(found)
        out.print(f"report: {out_path / REPORT}", soft_wrap=True)
    if found.phase in ("rolled back", "held"):
        raise typer.Exit(NOT_PASSED)


def _stage(content: "Ramp", until: str) -> int:
    found = content.stage_at(until)
    if found is None:
        from taskfusion.config.ramp import stage_names

        raise ExperimentError(f"--until should be a stage of {', '.join(stage_names(content.stages))}, found '{until}'")
    return found
