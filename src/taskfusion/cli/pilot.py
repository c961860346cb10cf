"""A pilot: planned, and its units assigned to arms."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from taskfusion.base.extra import require_extra
from taskfusion.cli.arguments import AsJson, Language
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, out, print_json
from taskfusion.cli.ramp import ramp
from taskfusion.cli.usage import Commands

if TYPE_CHECKING:
    from taskfusion.base.record import Artifact

R = TypeVar("R", bound="Artifact")

pilot = typer.Typer(
    name="pilot",
    cls=Commands,
    help="Prove a model on a small share of users: plan, assign, analyse, ramp, and what it earns.",
)

CharterFile = Annotated[Path, typer.Argument(metavar="CHARTER", help="What the pilot is to prove (YAML).")]


@pilot.command("plan")
@command
def plan(
    charter: CharterFile,
    log: Annotated[
        Path, typer.Option(help="Table of rows with unit, time and the values of KPIs.", show_default=False)
    ],
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the plan.", show_default=False)],
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say what a pilot of this size can see of each KPI, and how large it has to be."""
    require_extra("pilot")
    with loading():
        from taskfusion.base.files import from_home
        from taskfusion.cli.show.pilot_plan import print_plan
        from taskfusion.config.charter import read_charter
        from taskfusion.data.table import scan
        from taskfusion.pilot.plan import plan_pilot
        from taskfusion.report.language import speaking
        from taskfusion.report.pilot_plan import plan_report
    content, kpis = read_charter(from_home(charter))
    found = plan_pilot(content, kpis, scan(from_home(log)), f"'{log}'")
    with speaking(lang):
        page = plan_report(found)
    _keep(out_path, "plan.json", found, page, None if as_json else print_plan)


@pilot.command("analyse")
@command
def analyse(
    charter: CharterFile,
    log: Annotated[Path, typer.Option(help="Table of rows with unit, time and values of KPIs.", show_default=False)],
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the memo.", show_default=False)],
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say what a pilot shows up to the last day of its log, and whether to ship, hold, roll back or go on."""
    require_extra("pilot")
    with loading():
        from taskfusion.base.files import from_home
        from taskfusion.cli.show.pilot_memo import print_memo
        from taskfusion.config.charter import read_charter
        from taskfusion.data.table import scan
        from taskfusion.pilot.analyse import analyse as analysed
        from taskfusion.report.language import speaking
        from taskfusion.report.pilot_memo import memo_report
    content, kpis = read_charter(from_home(charter))
    found = analysed(content, kpis, scan(from_home(log)), f"'{log}'")
    with speaking(lang):
        page = memo_report(found)
    _keep(out_path, "memo.json", found, page, None if as_json else print_memo)


@pilot.command("assign")
@command
def assign(
    charter: CharterFile,
    units: Annotated[Path, typer.Option(help="Table with the column of units.", show_default=False)],
    out_path: Annotated[
        Path, typer.Option("--out", help="File of the arms, Parquet or CSV by its name.", show_default=False)
    ],
    exclude: Annotated[
        Path | None, typer.Option(help="Table of units that come to no arm, such as staff; left out: none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write which arm each unit is in; the same units in the same arms for good, and as the server says it."""
    with loading():
        from taskfusion.base.files import from_home
        from taskfusion.config.charter import read_charter
        from taskfusion.pilot.assign import write_arms
    content, _ = read_charter(from_home(charter))
    counts = write_arms(content, from_home(units), from_home(out_path), None if exclude is None else from_home(exclude))
    if as_json:
        print_json({"out": str(out_path), "units": counts})
        return
    out.print(", ".join(f"{name}: {count:,}" for name, count in counts.items()))
    out.print(f"arms: {out_path}", soft_wrap=True)


pilot.command("ramp")(ramp)


@pilot.command("roi")
@command
def roi(
    change: Annotated[
        Path, typer.Argument(metavar="ROI", help="What the change costs and what KPIs are worth (YAML).")
    ],
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the page.", show_default=False)],
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say whether a change of models pays for itself, when, and how sure that is: go, stop, or not known yet."""
    require_extra("pilot")
    with loading():
        from taskfusion.base.files import from_home
        from taskfusion.cli.show.roi import print_roi
        from taskfusion.config.roi import read_roi
        from taskfusion.pilot.roi.roi import return_on_investment
        from taskfusion.report.language import speaking
        from taskfusion.report.roi import roi_report
    found = return_on_investment(read_roi(from_home(change)))
    with speaking(lang):
        page = roi_report(found)
    _keep(out_path, "roi.json", found, page, None if as_json else print_roi)


def _keep(out_path: Path, name: str, record: R, page: str, show: Callable[[R], None] | None) -> None:
    """Write a record and its page, and say what it says; as JSON where there is nothing to show it with."""
    from taskfusion.base.files import write_text
    from taskfusion.base.record import write_artifact

    report = out_path / "report.html"
    write_artifact(out_path / name, record)
    write_text(report, page)
    if show is None:
        print_json({"out": str(out_path), "report": str(report), **record.model_dump(mode="json")})
        return
    show(record)
    out.print(f"report: {report}", soft_wrap=True)
