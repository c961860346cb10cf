"""The audit of a table."""

from pathlib import Path
from typing import Annotated

import typer

from taskfusion.cli.arguments import AsJson, ExperimentFile, Settings
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, err, out, print_json


@command
def audit(
    experiment: ExperimentFile,
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the page to make.", show_default=False)],
    kpi: Annotated[
        Path | None, typer.Option(help="The KPI registry, as init writes it; left out: none.", show_default=False)
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Look for what is wrong with a table: fix before you start, watch, fine."""
    with loading():
        from taskfusion.base.errors import RunError
        from taskfusion.base.files import atomic_directory, names_in, write_text
        from taskfusion.base.record import write_artifact
        from taskfusion.cli.inputs import read_with_tables
        from taskfusion.cli.show.audit import print_audit
        from taskfusion.config.kpi import read_kpis
        from taskfusion.inspect.audit.audit import audit_tables
        from taskfusion.report.audit import audit_report
    if out_path.exists() and (not out_path.is_dir() or names_in(out_path)):
        raise RunError(f"'{out_path}' exists already; name another directory with --out")
    kpis = None if kpi is None else read_kpis(kpi)
    content, splits = read_with_tables(experiment, settings)
    found = audit_tables(out_path.name, splits, content.table_schema, content.data, kpis, err.print)
    with atomic_directory(out_path) as folder:
        write_artifact(folder / "audit.json", found)
        write_text(folder / "report.html", audit_report(found, str(experiment)))
    if as_json:
        print_json({"out": str(out_path), "report": str(out_path / "report.html"), **found.model_dump(mode="json")})
        return
    print_audit(found)
    out.print(f"report: {out_path / 'report.html'}", soft_wrap=True)
