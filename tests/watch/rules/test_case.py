"""What promtool is told to expect."""

from taskfusion.watch.rules.case import Case, Fired, Moment, Series, Timing, selector
from taskfusion.watch.rules.rule import HOUR
from taskfusion.watch.rules.watched import task_alert
from watched import KPIS


def test_empty_labels_are_left_out() -> None:
    assert selector("x", {"a": "1", "b": ""}) == 'x{a="1"}'


def test_words_are_filled_in_as_prometheus_does() -> None:
    fired = Fired(task_alert("calibration", "click", KPIS[0]), {"task": "click", "segment": ""}, "8.5")
    found = fired.document("https://wiki/x")
    assert found["exp_labels"] == {"task": "click", "kpi": "ctr", "owner": "growth"}
    assert found["exp_annotations"]["summary"] == "click is off: the evidence is 8.5."
    assert 'Clicks per {{ "impression" }}' in found["exp_annotations"]["description"]
    assert found["exp_annotations"]["runbook_url"] == "https://wiki/x#calibration"


def test_a_case_has_only_the_tests_that_it_has() -> None:
    series = [Series("x", {}, "0x5")]
    timing = Timing(HOUR, "A", {"window": "1h"}, False)
    assert "alert_rule_test" not in Case("a", series, timings=[timing]).document("r")
    assert "promql_expr_test" not in Case("a", series, [Moment(0, "A")]).document("r")
    assert timing.document()["exp_samples"] == []
