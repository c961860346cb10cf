"""What the kit of a project is filled with: from its experiment, KPIs, table, and what was found of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from taskfusion.base.errors import ExperimentError, TaskfusionError
from taskfusion.base.files import from_home
from taskfusion.base.record import read_artifact
from taskfusion.config.charter import Charter, Metric, read_charter
from taskfusion.config.derive import derive
from taskfusion.config.experiment import DataConfig
from taskfusion.config.kpi import Kpi, KpiRegistry, read_kpis
from taskfusion.data.table import collect, scan
from taskfusion.inspect.audit.rows import SAMPLE_ROWS, time_and_ids
from taskfusion.inspect.init.experiment import KPI_FILE
from taskfusion.inspect.init.kpi import first_meaning
from taskfusion.report.kit import KitProject
from taskfusion.report.runbook import Places
from taskfusion.run.record.audit import AuditRecord
from taskfusion.run.record.cost import CostRecord
from taskfusion.schema.schema import Schema
from taskfusion.schema.task.multiclass import MulticlassTask

_MOST_SEGMENTS: Final = 6
_UNIT, _TIME = "user_id", "time"
"""Columns of the outcome log where nothing tells them."""

PILOT: Final = "pilot-1"


@dataclass(frozen=True)
class KitSources:
    """Files of a project.

    Attributes:
        experiment: the experiment file.
        kpi: the KPI registry; None: that of the charter, or kpi.yaml beside the experiment.
        charter: of the pilot; None: a first one is made.
        audit: what taskfusion audit left, or its audit.json; None: nothing.
        cost: what taskfusion cost left, or its cost.json; None: nothing.
    """

    experiment: Path
    kpi: Path | None = None
    charter: Path | None = None
    audit: Path | None = None
    cost: Path | None = None


def read_project(sources: KitSources, schema: Schema, data: DataConfig | None, out: Path) -> KitProject:
    """What is known of a project.

    Args:
        sources: its files.
        schema: of the experiment.
        data: where its rows are; the first of them are read, if they are there.
        out: where the kit will be, from which its paths start.

    Raises:
        ExperimentError: a file is missing or unfit, or names a task or KPI that there is not.
        RunError: a record is damaged.
    """
    given = None if sources.charter is None else read_charter(sources.charter)[0]
    beside = sources.experiment.with_name(KPI_FILE) if given is None else Path(given.kpis)
    kpi = sources.kpi or beside
    registry = read_kpis(kpi)
    registry.require_tasks(schema.task_names)
    audit = None if sources.audit is None else read_artifact(_record(sources.audit, "audit.json"), AuditRecord)
    cost_file = None if sources.cost is None else _record(sources.cost, "cost.json")
    head = _first_rows(data, sources.experiment.parent)
    proposed, guessed = _proposed(schema, data, registry, audit, head)
    charter = proposed if given is None else given
    _require_kpis(charter, registry, kpi)
    return KitProject(
        name=_project_name(sources.experiment.absolute()),
        places=Places(
            experiment=str(sources.experiment),
            kpi=str(kpi),
            charter=str(out / "charter.yaml"),
            run="RUN",
            bundle="BUNDLE",
            recent="RECENT.parquet",
            source="TASK",
        ),
        tasks=schema.task_names,
        kpis=registry.kpis,
        first_words=_first_words(registry.kpis, schema),
        charter=derive(charter, kpis=_seen_from(out, kpi)),
        guessed=guessed if given is None else frozenset(),
        segments=_segments(schema, charter.unit),
        audit=audit,
        cost=None if cost_file is None else read_artifact(cost_file, CostRecord),
        cost_file="cost/cost.json" if cost_file is None else _seen_from(out, cost_file),
    )


def _project_name(experiment: Path) -> str:
    """That of the experiment's file, or of its folder where the file has the name that all have."""
    return (experiment.parent.name or "project") if experiment.stem == "experiment" else experiment.stem


def _record(path: Path, name: str) -> Path:
    return path / name if path.is_dir() else path


def _seen_from(out: Path, file: Path) -> str:
    return Path(os.path.relpath(file.absolute(), out.absolute())).as_posix()


def _first_rows(data: DataConfig | None, folder: Path) -> pl.DataFrame | None:
    """Rows that tell what columns mean; None where they cannot be read here."""
    path = None if data is None else data.table or data.train
    if path is None:
        return None
    try:
        return collect(scan(folder / from_home(path)).head(SAMPLE_ROWS))
    except TaskfusionError:
        return None


def _proposed(
    schema: Schema,
    data: DataConfig | None,
    registry: KpiRegistry,
    audit: AuditRecord | None,
    head: pl.DataFrame | None,
) -> tuple[Charter, frozenset[str]]:
    """A first charter, and which of its values nothing tells."""
    time, ids = (None, dict[str, str]()) if head is None else time_and_ids(head, data)
    if audit is not None and audit.time is not None:
        time = audit.time
    unit = ids.get("user", schema.group)
    columns = _columns(registry.kpis, schema, None if head is None else head.columns)
    metrics = [Metric(kpi=name, value=column or name) for name, column in columns.items()]
    if not metrics:
        raise ExperimentError("no KPI of the registry can be summed over rows, so that a pilot has nothing to read")
    unknown = {name for name, column in columns.items() if column is None}
    unknown |= {key for key, found in (("unit", unit), ("time", time)) if found is None}
    charter = Charter(name=PILOT, metrics=tuple(metrics), unit=unit or _UNIT, time=time or _TIME)
    return charter, frozenset(unknown)


def _columns(kpis: Sequence[Kpi], schema: Schema, known: Sequence[str] | None) -> Mapping[str, str | None]:
    """By KPI, the column that counts it; None where an expression or an event does. Classes cannot be summed."""
    tasks = {task.name: task for task in schema.tasks}
    found: dict[str, str | None] = {}
    for kpi in kpis:
        task = None if kpi.task is None else tasks[kpi.task]
        if isinstance(task, MulticlassTask):
            continue
        label = None if task is None else task.label_expression
        is_column = label is not None and (label.isidentifier() if known is None else label in known)
        found[kpi.name] = label if is_column else None
    return found


def _require_kpis(charter: Charter, registry: KpiRegistry, kpi: Path) -> None:
    names = {one.name for one in registry.kpis}
    lacking = [metric.kpi for metric in charter.metrics if metric.kpi not in names]
    if lacking:
        raise ExperimentError(f"'{kpi}' should hold the KPIs of the charter, but has no '{lacking[0]}'")


def _first_words(kpis: Sequence[Kpi], schema: Schema) -> frozenset[str]:
    kinds = {task.name: task.kind for task in schema.tasks}
    return frozenset(
        kpi.name for kpi in kpis if kpi.task is not None and kpi.meaning == first_meaning(kpi.task, kinds[kpi.task])
    )


def _segments(schema: Schema, unit: str) -> tuple[str, ...]:
    named = [
        feature.name
        for feature in schema.features
        if feature.kind == "categorical" and feature.role in ("user", "context") and feature.name != unit
    ]
    return tuple(named[:_MOST_SEGMENTS])
