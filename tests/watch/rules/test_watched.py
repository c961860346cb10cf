"""Rules over what a watch finds: one per KPI, whatever it is called, and one for every alarm there can be."""

import re
from collections.abc import Iterator

import pytest

from taskfusion.run.record.alarms import Alarm
from taskfusion.watch.exporter import Exported, WatchCollector
from taskfusion.watch.judge import judge
from taskfusion.watch.registry import gauge, unknown_metrics
from taskfusion.watch.remedy import REMEDIES
from taskfusion.watch.rules.rule import Alert
from taskfusion.watch.rules.watched import LATE, alarm_name, kpi_alert, late_alert, task_alert, watched_groups
from taskfusion.watch.signals import Signal
from watched import KPIS, TASKS, alarms, kpi

OTHERS = ("latency", "stale")
"""What only rules find: of a server, and of a watch that is gone."""


def _alerts() -> list[Alert]:
    return [rule for group in watched_groups(KPIS, TASKS) for rule in group.rules if isinstance(rule, Alert)]


def test_every_key_that_a_watch_has_alarms_for_has_a_rule() -> None:
    assert {one.key for one in _alerts()} == set(REMEDIES) - {"latency"}
    assert [unknown_metrics(one.expression) for one in _alerts()] == [[]] * len(_alerts())


def _signals(name: str, tasks: tuple[str, ...], bundles: tuple[str, ...]) -> Iterator[Signal]:
    """A kind of alarm, of these tasks and models where it is of tasks at all."""
    if name in ("feature_null", "feature_drift", "unseen"):
        yield Signal(name, 0, 0.5, 0.1, feature="age", bundle=bundles[0])
    elif name == "kpi_holdback":
        yield from (Signal(name, 0, 0.5, 0.0, kpi=kpi.name) for kpi in KPIS)
    elif name in ("fallback", "sample_ratio"):
        yield Signal(name, 0, 0.5, 0.1)
    else:
        for task in tasks:
            yield from (Signal(name, 0, 9.0, 8.0, task, bundle=one, predictions=0.2) for one in bundles)


def _exported(found: list[Alarm]) -> list[dict[str, str]]:
    """Labels of the series of the alarms, as Prometheus reads them."""
    collector = WatchCollector(lambda: Exported(None, alarms(*found)))
    (family,) = (one for one in collector.collect() if one.name == gauge("alarm_value"))
    return [sample.labels for sample in family.samples]


@pytest.mark.parametrize("bundles", [("a",), ("a", "b")], ids=["one model", "all models"])
@pytest.mark.parametrize("tasks", [TASKS[:1], TASKS], ids=["one task", "all tasks"])
@pytest.mark.parametrize("name", sorted(set(REMEDIES.values()) - set(OTHERS)))
def test_each_alarm_that_a_watch_can_have_is_of_one_rule(
    name: str, tasks: tuple[str, ...], bundles: tuple[str, ...]
) -> None:
    judged, _ = judge(list(_signals(name, tasks, bundles)), models=2, tasks=len(TASKS))
    assert judged
    asked = [
        dict(re.findall(r'(\w+)="([^"]*)"', one.expression))
        for one in _alerts()
        if one.expression.startswith(gauge("alarm_value"))
    ]
    for labels in _exported(judged):
        assert sum(labels.items() >= one.items() for one in asked) == 1, labels


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
    late = [one.labels["kpi"] for one in _alerts() if one.name == LATE]
    assert late == ["ctr", "likes"]


def test_alarms_are_called_as_the_runbook_is() -> None:
    assert alarm_name("feature-null") == "TaskfusionFeatureNull"
