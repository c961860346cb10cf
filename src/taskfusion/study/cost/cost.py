"""Measure what there is of a bundle, a run or a comparison, and say how to serve it most cheaply."""

import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

from taskfusion.base.boundary import reading
from taskfusion.base.errors import ExperimentError
from taskfusion.base.extra import require_extra
from taskfusion.base.record import parse, read_bytes
from taskfusion.config.traffic import Traffic
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.table import scan
from taskfusion.pipeline.export import export_run
from taskfusion.pipeline.holdout import own_tables
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.cost import CostRecord, WayCost
from taskfusion.schema.schema import Schema
from taskfusion.serve.batch.score import usable_cores
from taskfusion.serve.bundle_files import ENCODER, SCHEMA, require_bundle
from taskfusion.serve.cost.draw import draw
from taskfusion.serve.cost.server import require_process_times
from taskfusion.study.cost.forest import measure_trees
from taskfusion.study.cost.mix import Limits, unmet
from taskfusion.study.cost.network import Bench, Effort, estimated_way, separate_way, shared_way
from taskfusion.study.cost.plans import make_plans
from taskfusion.study.cost.subject import Subject, read_subject

Note = Callable[[str], None]


def study_cost(
    path: Path,
    traffic: Traffic,
    name: str,
    *,
    data: Path | None = None,
    experiment: Path | None = None,
    effort: Effort | None = None,
    on_note: Note = lambda text: None,
) -> CostRecord:
    """Measure CPU time and memory on servers of this machine, and price them.

    Args:
        path: a directory made by export, train or compare.
        traffic: how much is asked for, the limits, and the prices.
        name: what the record is called.
        data: a table that requests are drawn from; None: the run's own rows.
        experiment: the file that the run was trained from, where its tables are not found from here or from the run.
        effort: how long is measured.
        on_note: hears what is being measured.

    Raises:
        TaskfusionError: the directory, the table or the file of traffic is not usable, or a package is missing.
    """
    require_extra("serve")
    require_process_times()
    subject = read_subject(path)
    effort = effort or Effort()
    with tempfile.TemporaryDirectory() as folder:
        bundle = _exported(subject, Path(folder), on_note)
        schema = _schema(bundle)
        traffic.require_tasks(schema.task_names)
        drawn = draw(schema, _table(subject, bundle, data, experiment), traffic.candidates)
        bench = Bench(Path(folder), drawn, effort)
        runs = subject.ways["separate models"].paths if "separate models" in subject.ways else ()
        apart = [_export(run, Path(folder) / f"separate-{place}", on_note) for place, run in enumerate(runs)]
        on_note(f"measuring one model of all tasks{f', and {len(apart)} separate ones' if apart else ''}")
        alone, *together = bench.online([bench.one(bundle), *([bench.together(apart)] if apart else [])])
        base = bench.base(alone, traffic.candidates, traffic.pairs)
        ways = [shared_way(subject.ways["one model"], bundle, schema, alone, bench)]
        if together:
            found, schemas = subject.ways["separate models"], [_schema(one) for one in apart]
            ways.append(separate_way(found, apart, schemas, alone, together[0], bench))
        elif len(schema.tasks) > 1:
            ways.append(estimated_way(ways[0], schema))
        if "trees" in subject.ways:
            on_note("measuring trees")
            ways.append(measure_trees(subject.ways["trees"], drawn, repeats=effort.repeats))
    plans, best = make_plans(ways, base, schema.task_names, traffic)
    return CostRecord(
        name=name,
        subject=str(path),
        machine=f"{platform.system()} {platform.machine()}, {usable_cores()} cores",
        split=subject.split,
        tasks=schema.task_names,
        traffic=traffic,
        base=base,
        ways=tuple(ways),
        plans=plans,
        best=best,
        unmet=None if best is not None else unmet(_measured(ways), schema.task_names, Limits.of(traffic), traffic),
        missing=tuple(_missing(subject, schema, traffic)),
    )


def _measured(ways: list[WayCost]) -> list[WayCost]:
    return [way for way in ways if way.name != "separate models" or way.losses]


def _exported(subject: Subject, folder: Path, on_note: Note) -> Path:
    (path,) = subject.ways["one model"].paths
    if not subject.is_bundle:
        return _export(path, folder / "exported", on_note)
    require_bundle(path)
    return path


def _export(run: Path, out: Path, on_note: Note) -> Path:
    on_note(f"exporting {run}")
    return export_run(run, out).path


def _schema(bundle: Path) -> Schema:
    with reading(bundle / SCHEMA, "the schema of an exported model"):
        return parse(bundle / SCHEMA, Schema, read_bytes(bundle / SCHEMA))


def _table(subject: Subject, bundle: Path, data: Path | None, experiment: Path | None) -> pl.LazyFrame:
    """Rows that requests are drawn from."""
    if data is not None:
        return scan(data, FeatureEncoder.load(bundle / ENCODER).text_columns)
    if subject.is_bundle:
        raise ExperimentError("a bundle does not say where rows are; name a table to draw requests from with --data")
    directory = RunDirectory(subject.ways["one model"].paths[0])
    tables = own_tables(directory, directory.experiment().data, experiment)
    return tables["test" if "test" in tables else "validation"]


def _missing(subject: Subject, schema: Schema, traffic: Traffic) -> list[str]:
    """What is not known, and how to get it."""
    found = []
    lacking = [way for way in ("separate models", "trees") if way not in subject.ways]
    if lacking and len(schema.tasks) > 1:
        found.append(
            f"There are no {' and no '.join(lacking)} to measure: taskfusion compare EXPERIMENT.yaml --variants "
            f"adatt-sp,single-task,lightgbm --out compared trains them, and taskfusion cost compared measures them."
        )
    if "separate models" in lacking and len(schema.tasks) > 1:
        found.append("Separate models are estimated by the model of all tasks, once per task; their losses are not.")
    if subject.split is None:
        found.append("The export says nothing of its losses; name the run in its place to have them.")
    if not traffic.freshness_hours:
        found.append(
            "Nothing is made in batch: a file of traffic (--traffic) names users, items_per_user and freshness_hours, "
            "how old the predictions of a task may be."
        )
    return found
