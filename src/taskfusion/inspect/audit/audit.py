"""All checks of an audit, in order, as one record."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from taskfusion.config.domain import DomainConfig
from taskfusion.config.experiment import DataConfig
from taskfusion.config.kpi import KpiRegistry
from taskfusion.data.prepared import SplitTables
from taskfusion.inspect.audit.conflict import conflict
from taskfusion.inspect.audit.domain import domain_findings, domain_shifts
from taskfusion.inspect.audit.drift import drift_findings, feature_drift
from taskfusion.inspect.audit.gap import model_findings
from taskfusion.inspect.audit.grain import grain
from taskfusion.inspect.audit.kpi import kpi_findings
from taskfusion.inspect.audit.maturity import label_rates, maturity
from taskfusion.inspect.audit.missing import missing
from taskfusion.inspect.audit.model import ModelQuestion, audit_model
from taskfusion.inspect.audit.rate import rate_jumps
from taskfusion.inspect.audit.rows import AuditRows, read_audit_rows
from taskfusion.inspect.audit.segment import label_findings, segment_findings, segments
from taskfusion.inspect.check.leak import leaks_in
from taskfusion.pipeline.domain import target_masks
from taskfusion.report.finding.words import make_finding
from taskfusion.run.record.audit import AuditFinding, AuditRecord, LabelRates
from taskfusion.schema.schema import Schema

LEAK_ROWS: Final = 50_000
_ORDER: Final = {"fix": 0, "watch": 1, "fine": 2}


def audit_tables(
    name: str,
    splits: SplitTables,
    schema: Schema,
    data: DataConfig | None,
    kpis: KpiRegistry | None = None,
    domain: DomainConfig | None = None,
    model: ModelQuestion | None = None,
    on_note: Callable[[str], None] = lambda text: None,
) -> AuditRecord:
    """Read all rows and look for what makes a model, or its metrics, wrong.

    Args:
        name: what the audit is called.
        splits: the tables.
        schema: what they mean.
        data: how they were cut, where the experiment says so.
        kpis: what the tasks are for; None: nobody said.
        domain: the domain that a model is meant for; None: it is that of all rows.
        model: a finished run, judged too; None: there is none.
        on_note: told what is done.

    Raises:
        ExperimentError, DataError: training would fail with the same error.
        RunError: the run does not suit the experiment.
    """
    if kpis is not None:
        kpis.require_tasks(schema.task_names)
    on_note("audit: reading the tables")
    target = [] if domain is None else [_target(domain, splits, schema)]
    rows = read_audit_rows(splits, schema, data)
    on_note(f"audit: {len(rows.encoded):,} rows read; looking at labels and values")
    rates = list(label_rates(rows))
    findings = [*target, *grain(rows), *conflict(rows), *_over_time(rows, rates), *missing(rows)]
    if kpis is not None:
        findings += kpi_findings(kpis, rows)
    on_note("audit: looking for leaks")
    findings += _leaks(rows)
    on_note("audit: comparing the splits")
    moved, told, counted = feature_drift(rows), list(domain_shifts(rows)), list(segments(rows))
    findings += [*drift_findings(moved), *domain_findings(told), *segment_findings(counted)]
    findings += label_findings(counted)
    judged = None
    if model is not None:
        on_note("audit: judging the model segment by segment")
        judged = audit_model(rows, model)
        findings = [*model_findings(judged), *findings]
    return AuditRecord(
        name=name,
        rows={split: int(rows.of_split(split).sum()) for split in rows.splits},
        share=rows.share,
        key=rows.key,
        time=rows.time,
        findings=tuple(sorted(findings, key=lambda one: _ORDER[one.severity])),
        labels=tuple(rates),
        drift=tuple(moved),
        domain=tuple(told),
        kpis=kpis.kpis if kpis is not None else (),
        segments=tuple(counted),
        model=judged,
    )


def _over_time(rows: AuditRows, rates: list[LabelRates]) -> list[AuditFinding]:
    """Labels that are not all there at the end, and those of other tasks whose rate jumps before."""
    immature = list(maturity(rows, rates))
    late = {one.task for one in rates if any(found.values.get("task") == one.task for found in immature)}
    return [*immature, *rate_jumps(rates, rows.schema.tasks, late)]


def _target(domain: DomainConfig, splits: SplitTables, schema: Schema) -> AuditFinding:
    """How many rows the condition of a domain names; training would refuse it with the same errors."""
    masks = target_masks(domain, schema.features, splits)
    of_target, rows = sum(int(mask.sum()) for mask in masks.values()), sum(len(mask) for mask in masks.values())
    return make_finding("fine", "target", {"target": of_target, "rows": rows, "share": of_target / rows})


def _leaks(rows: AuditRows) -> Iterator[AuditFinding]:
    train_K = np.flatnonzero(rows.of_split("train"))
    train_K = train_K[:: 1 + len(train_K) // LEAK_ROWS]
    found = list(leaks_in(rows.frame[train_K], rows.encoded.rows(train_K), rows.encoder.layout, rows.schema))
    for kind, values in found:
        yield make_finding("fix", kind, values)
    if not found:
        yield make_finding("fine", "leak.none", {})
