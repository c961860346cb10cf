"""What is a fault of a model, what is watched and what is fine."""

from functools import cache
from typing import Any

from judged import audit_of, clicks, segmented, small
from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.segment import SegmentedTask, segment_tasks
from taskfusion.inspect.audit.gap import model_findings
from taskfusion.run.record.audit import AuditFinding, ModelAudit


@cache
def clean() -> SegmentedTask:
    given, columns = clicks(web_factor=1.0, name="like", with_baseline=False)
    (found,) = segment_tasks([given], columns, resamples=300)
    return found


def of(model: ModelAudit) -> list[AuditFinding]:
    return list(model_findings(model))


def with_overall(task: SegmentedTask, **measures: tuple[float, float, float]) -> SegmentedTask:
    found = {name: Interval(mean=mean, low=low, high=high) for name, (mean, low, high) in measures.items()}
    content: dict[str, Any] = {name: getattr(task, name) for name in SegmentedTask.model_fields}
    overall = {**dict(task.overall), "measures": {**task.overall.measures, **found}}
    return SegmentedTask.model_validate({**content, "overall": overall})


def test_a_segment_that_is_predicted_too_high_is_a_fault_with_its_interval() -> None:
    faults = [one for one in of(audit_of(segmented())) if one.severity == "fix"]
    said = " ".join(one.seen for one in faults)
    assert "over-predicted by" in said
    assert "where device is web" in said
    assert all(one.subject == "task 'click'" and one.advice for one in faults)


def test_without_a_gap_nothing_is_asked_for() -> None:
    found = of(audit_of(clean(), baseline=None))
    assert [one.severity for one in found] == ["fine", "watch"]
    assert "too small to judge" in found[1].seen


def test_far_off_is_a_fault_and_near_is_watched() -> None:
    for off, severity in ((1.3, "fix"), (1.06, "watch")):
        task = with_overall(clean(), calibration=(off, off - 0.02, off + 0.02))
        assert of(audit_of(task, baseline=None))[0].severity == severity
    useless = with_overall(clean(), relative_loss=(1.1, 1.05, 1.2))
    assert "worse than predicting the mean" in of(audit_of(useless, baseline=None))[0].seen


def test_the_task_that_learned_least_comes_first() -> None:
    poor = with_overall(clean(), relative_loss=(1.1, 1.05, 1.2))
    worse = with_overall(segmented(), relative_loss=(6.0, 5.0, 7.0))
    faults = [one.subject for one in of(audit_of(poor, worse, baseline=None)) if one.severity == "fix"]
    assert faults[0] == "task 'click'"
    assert faults == sorted(faults), "click stands before like"


def test_who_pays_is_watched_and_a_gain_is_fine() -> None:
    gain = with_overall(clean(), change=(-2.0, -3.0, -1.0))
    loss = with_overall(clean(), change=(2.0, 1.0, 3.0))
    (finding,) = [one for one in of(audit_of(gain)) if one.subject == "tasks"]
    assert finding.severity == "fine"
    (finding,) = [one for one in of(audit_of(gain, loss)) if one.subject == "tasks"]
    assert finding.severity == "watch"
    assert "pays for" in finding.seen


def test_a_run_that_learned_from_other_rows_is_told() -> None:
    first = of(audit_of(clean(), baseline=None, learned_rows=12))[0]
    assert (first.severity, first.subject) == ("watch", "run 'first'")


def test_a_task_without_labels_is_not_judged() -> None:
    (finding,) = of(audit_of(small(), baseline=None))
    assert (finding.severity, finding.subject) == ("watch", "task 'hide'")
    assert "too few labels to judge: 0 test rows with a label, of which 0 are yes" in finding.seen
