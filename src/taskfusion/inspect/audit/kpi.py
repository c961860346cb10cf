"""Whether a KPI registry and an experiment on a table fit each other."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

import numpy as np

from taskfusion.config.kpi import KpiRegistry
from taskfusion.inspect.audit.rows import AuditRows
from taskfusion.report.finding.words import make_finding
from taskfusion.run.record.audit import AuditFinding


def kpi_findings(registry: KpiRegistry, rows: AuditRows) -> Iterator[AuditFinding]:
    """Tasks without a KPI, and KPIs whose labels need longer than the table goes on."""
    named = {kpi.task for kpi in registry.kpis}
    found = False
    for task in rows.schema.task_names:
        if task not in named:
            found = True
            yield make_finding("watch", "kpi.without", {"task": task})
    for kpi in registry.kpis:
        late_B = _late_rows(rows, kpi.delay_days) if kpi.task is not None else None
        if late_B is not None and late_B.any():
            found = True
            is_all = bool(late_B[rows.of_split("train")].any())
            yield make_finding(
                "fix" if is_all else "watch",
                "kpi.late.training" if is_all else "kpi.late",
                {"kpi": kpi.name, "days": kpi.delay_days, "late_share": float(late_B.mean())},
            )
    if not found:
        yield make_finding("fine", "kpi.none", {})


def _late_rows(rows: AuditRows, delay_days: float) -> np.ndarray | None:
    """Rows [B] of the days that end less than a delay before the last day's end; None where periods are no days."""
    with suppress(ValueError):
        days = [date.fromisoformat(name) for name in rows.periods]
        if days:
            late_P = np.array([days[-1] - day < timedelta(days=delay_days) for day in days])
            return late_P[rows.period_B]
    return None
