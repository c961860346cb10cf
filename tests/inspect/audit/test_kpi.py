"""A KPI registry and a table fit each other, or it is said where not."""

from audit_log import audit_rows
from taskfusion.config.kpi import KpiRegistry
from taskfusion.inspect.audit.kpi import kpi_findings


def _registry(delay_days: float, *tasks: str) -> KpiRegistry:
    common = {"meaning": "m", "unit": "u", "direction": "up", "role": "success", "least_effect": 0.1, "owner": "o"}
    kpis = [{"name": task, "task": task, "delay_days": delay_days, **common} for task in tasks]
    return KpiRegistry.model_validate({"kpis": kpis})


def test_every_task_has_a_kpi_that_is_due() -> None:
    assert [one.severity for one in kpi_findings(_registry(0, "click", "like"), audit_rows())] == ["fine"]


def test_a_task_without_a_kpi_is_watched() -> None:
    (found,) = kpi_findings(_registry(0, "click"), audit_rows())
    assert (found.severity, found.subject) == ("watch", "task 'like'")


def test_a_delay_reaches_into_the_last_days() -> None:
    short, long = (next(kpi_findings(_registry(days, "click", "like"), audit_rows())) for days in (2, 3))
    assert (short.severity, long.severity) == ("watch", "fix")
    assert "20" in short.seen
    assert "training rows too" in long.seen
