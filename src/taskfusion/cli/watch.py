"""A watch over served models."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, Language, TablePath
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, out, print_json
from taskfusion.cli.usage import Commands

watch = typer.Typer(name="watch", cls=Commands, help="See harm before users feel it: reference, run, rules, report.")


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
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="The run that BUNDLE was exported from, whose gates and experts are then watched too.",
            show_default=False,
        ),
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
        from taskfusion.cli.watched import watched_model, write_reference
        from taskfusion.watch.reference.model import making_reference
    with making_reference(out_path):
        model = watched_model(source, run, data)
        columns = listed_names(segments) if segments else []
        found = write_reference(model, data, out_path, time=time, request=request, segments=columns, window=window)
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


@watch.command("rules")
@command
def rules(
    settings: Annotated[Path, typer.Argument(metavar="WATCH", help="What is watched (YAML).", show_default=False)],
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the files.", show_default=False)],
    deadline: Annotated[
        float,
        typer.Option(
            "--deadline-ms", min=1, max=5000, help="Milliseconds that a ranking request should be answered in."
        ),
    ] = 100,
    runbook: Annotated[
        str, typer.Option(metavar="URL", help="Where the runbook is read; taskfusion kit writes one to put up.")
    ] = "docs/guide/en/runbook.md",
    as_json: AsJson = False,
) -> None:
    """Write rules for Prometheus with tests for promtool, and a dashboard for Grafana, of these KPIs and models."""
    with loading():
        from taskfusion.base.record import read_artifact
        from taskfusion.config.kpi import read_kpis
        from taskfusion.config.watch import read_watch
        from taskfusion.watch.dashboard import write_dashboard
        from taskfusion.watch.reference.record import REFERENCE, WatchReference
        from taskfusion.watch.rules.write import write_rules
    content, _ = read_watch(settings)
    found = [read_artifact(Path(one) / REFERENCE, WatchReference) for one in content.references]
    tasks = list(dict.fromkeys(task.task for reference in found for task in reference.tasks))
    written = write_rules(out_path, read_kpis(Path(content.kpis)).kpis, tasks, deadline / 1000, runbook)
    written.append(write_dashboard(out_path, deadline / 1000, runbook))
    names = [str(path.relative_to(out_path)) for path in written]
    if as_json:
        print_json({"out": str(out_path), "files": names})
        return
    for name in names:
        out.print(name, soft_wrap=True)
    out.print(f"check them: promtool test rules {out_path / 'tests'}/*.yml", soft_wrap=True)


_DAYS = ["%Y-%m-%d"]


@watch.command("report")
@command
def report(
    state: Annotated[Path, typer.Argument(help="Directory of a watch, which may be running.", show_default=False)],
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the page.", show_default=False)],
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DAYS, metavar="DATE", help="First day (UTC); left out: all.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DAYS, metavar="DATE", help="Last day (UTC); left out: all.")
    ] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say on a page what is wrong, which task is guilty, and what to do; then all that was read in a period."""
    with loading():
        from taskfusion.base.errors import RunError
        from taskfusion.base.files import write_text
        from taskfusion.base.record import write_artifact
        from taskfusion.cli.show.watch import print_watch
        from taskfusion.report.language import speaking
        from taskfusion.report.watch import watch_report
        from taskfusion.watch.period import read_period
    if out_path.resolve() == state.resolve():
        raise RunError(f"--out should be another directory than that of the watch, but is '{state}' too; name another")
    found = read_period(state, None if first is None else first.date(), None if last is None else last.date())
    page = out_path / "report.html"
    with speaking(lang):
        text = watch_report(found, state.absolute().name)
    write_artifact(out_path / "watch.json", found)
    write_text(page, text)
    if as_json:
        print_json({"out": str(out_path), "report": str(page), **found.model_dump(mode="json")})
        return
    print_watch(found)
    out.print(f"report: {page}", soft_wrap=True)
