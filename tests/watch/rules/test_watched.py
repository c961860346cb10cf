"""Rules over what a watch finds: one per KPI, whatever it is called."""

from taskfusion.watch.registry import unknown_metrics
from taskfusion.watch.remedy import REMEDIES
from taskfusion.watch.rules.rule import Alert
from taskfusion.watch.rules.watched import alarm_name, kpi_alert, late_alert, task_alert, watched_groups
from watched import KPIS, TASKS, kpi


def _alerts() -> list[Alert]:
    return [rule for group in watched_groups(KPIS, TASKS) for rule in group.rules if isinstance(rule, Alert)]


def test_every_key_that_a_watch_has_alarms_for_has_a_rule() -> None:
    assert {one.key for one in _alerts()} == set(REMEDIES) - {"fallback", "latency"}
    assert [unknown_metrics(one.expression) for one in _alerts()] == [[]] * len(_alerts())


def test_a_rule_names_who_answers_for_the_kpi_and_its_unit() -> None:
    found = task_alert("calibration", "click", kpi())
    assert found.labels == {"kpi": "ctr", "owner": "growth"}
    assert (
        found.about
        == "ctr: Clicks per impression. It is counted in clicks per impression, and more is better (success KPI)."
    )
    assert task_alert("calibration", "click", None).labels == {}
    assert "less is better" in kpi_alert(KPIS[2]).about


def test_labels_are_late_a_day_after_the_delay_of_their_kpi() -> None:
    assert late_alert(kpi(delay_days=7)).expression.endswith(f"> {8 * 86400}")
    late = [one.labels["kpi"] for one in _alerts() if one.key == "labels-late"]
    assert late == ["ctr", "likes"]


def test_alarms_are_called_as_the_runbook_is() -> None:
    assert alarm_name("feature-null") == "TaskfusionFeatureNull"
