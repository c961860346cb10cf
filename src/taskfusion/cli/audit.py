"""The audit of a table."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskfusion.cli.arguments import AsJson, ExperimentFile, Language, Settings
from taskfusion.cli.loading import loading
from taskfusion.cli.output import command, err, out, print_json

if TYPE_CHECKING:
    from taskfusion.inspect.audit.model import ModelQuestion


RunToJudge = Annotated[
    Path | None,
    typer.Option(help="A finished run, judged segment by segment; left out: none.", show_default=False),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        help="Whom the run is compared with, task by task: another run, or a comparison with its separate models.",
        show_default=False,
    ),
]
Segments = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="Feature, column or group whose values are segments, numbers in four bands; repeatable. Left out: "
        "the group's training rows, and features of users and contexts.",
    ),
]


@command
def audit(
    experiment: ExperimentFile,
    out_path: Annotated[Path, typer.Option("--out", help="Directory of the page to make.", show_default=False)],
    kpi: Annotated[
        Path | None, typer.Option(help="The KPI registry, as init writes it; left out: none.", show_default=False)
    ] = None,
    run: RunToJudge = None,
    baseline: Baseline = None,
    segment: Segments = None,
    settings: Settings = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Look for what is wrong with a table, and with a model on it: fix before you start, watch, fine."""
    with loading():
        from taskfusion.base.errors import ExperimentError, RunError
        from taskfusion.base.files import atomic_directory, names_in, write_text
        from taskfusion.base.record import write_artifact
        from taskfusion.cli.inputs import read_with_tables
        from taskfusion.cli.show.audit import print_audit
        from taskfusion.config.kpi import read_kpis
        from taskfusion.inspect.audit.audit import audit_tables
        from taskfusion.report.audit import audit_report
        from taskfusion.report.language import speaking
    if out_path.exists() and (not out_path.is_dir() or names_in(out_path)):
        raise RunError(f"'{out_path}' exists already; name another directory with --out")
    if run is None and (baseline is not None or segment):
        raise ExperimentError(f"{'--segment' if segment else '--baseline'} is about a model; name it with --run")
    question = None if run is None else _question(run, baseline, segment or ())
    kpis = None if kpi is None else read_kpis(kpi)
    content, splits = read_with_tables(experiment, settings)
    found = audit_tables(
        out_path.name,
        splits,
        content.table_schema,
        content.data,
        kpis,
        domain=content.domain,
        model=question,
        on_note=err.print,
    )
    with atomic_directory(out_path) as folder:
        write_artifact(folder / "audit.json", found)
        with speaking(lang):
            page = audit_report(found, str(experiment), "" if run is None else str(run))
        write_text(folder / "report.html", page)
    if as_json:
        print_json({"out": str(out_path), "report": str(out_path / "report.html"), **found.model_dump(mode="json")})
        return
    print_audit(found)
    out.print(f"report: {out_path / 'report.html'}", soft_wrap=True)


def _question(run: Path, baseline: Path | None, columns: Sequence[str]) -> "ModelQuestion":
    """What is asked of a run."""
    from taskfusion.inspect.audit.model import ModelQuestion
    from taskfusion.pipeline.predict import TrainedModel
    from taskfusion.run.directory import RunDirectory
    from taskfusion.study.compare.kept import baseline_name, read_baseline

    trained = TrainedModel.load(run)
    learned = RunDirectory(run).read_schema().fingerprint.rows["train"]
    if baseline is None:
        return ModelQuestion(trained, run.name, learned, columns)
    return ModelQuestion(trained, run.name, learned, columns, partial(read_baseline, baseline), baseline_name(baseline))
