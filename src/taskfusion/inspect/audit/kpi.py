"""Whether a KPI registry and an experiment on a table fit each other."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

import numpy as np

from taskfusion.config.kpi import KpiRegistry
from taskfusion.inspect.audit.rows import AuditRows
from taskfusion.report import number
from taskfusion.run.record.audit import AuditFinding


def kpi_findings(registry: KpiRegistry, rows: AuditRows) -> Iterator[AuditFinding]:
    """Tasks without a KPI, and KPIs whose labels need longer than the table goes on."""
    named = {kpi.task for kpi in registry.kpis}
    found = False
    for task in rows.schema.task_names:
        if task not in named:
            found = True
            yield AuditFinding(
                severity="watch",
                check="kpi",
                subject=f"task '{task}'",
                seen="no KPI says what it is good for",
                advice="add one to the KPI registry, or leave the task out unless it helps another",
            )
    for kpi in registry.kpis:
        late_B = _late_rows(rows, kpi.delay_days) if kpi.task is not None else None
        if late_B is not None and late_B.any():
            found = True
            is_all = bool(late_B[rows.of_split("train")].any())
            yield AuditFinding(
                severity="fix" if is_all else "watch",
                check="kpi",
                subject=f"KPI '{kpi.name}'",
                seen=f"its labels take {kpi.delay_days:g} days, and {number.percent(float(late_B.mean()))} of the rows "
                f"are of the last {kpi.delay_days:g} days of the table{', training rows too' if is_all else ''}",
                advice="unless the table was written that much later, leave these rows out or wait",
            )
    if not found:
        yield AuditFinding(
            severity="fine", check="kpi", subject="KPIs", seen="every task has one, and its labels are due", advice=""
        )


def _late_rows(rows: AuditRows, delay_days: float) -> np.ndarray | None:
    """Rows [B] of the days that end less than a delay before the last day's end; None where periods are no days."""
    with suppress(ValueError):
        days = [date.fromisoformat(name) for name in rows.periods]
        if days:
            late_P = np.array([days[-1] - day < timedelta(days=delay_days) for day in days])
            return late_P[rows.period_B]
    return None
