"""The part of the page about a model: an overview, figures of what stands out, and all segments."""

from audit_log import SCHEMA, tables
from judged import audit_of, segmented, small
from taskfusion.inspect.audit.audit import audit_tables
from taskfusion.inspect.audit.gap import model_findings
from taskfusion.report.audit import audit_report
from taskfusion.report.segment import model_section
from taskfusion.run.record.audit import AuditRecord


def test_what_stands_out_is_drawn_and_all_segments_are_behind() -> None:
    found = model_section(audit_of(segmented()))
    (row,) = found.overview
    assert found.titles == ["NE", "AUC", "prediction / label"]
    assert len(row.values) == 3
    assert "predictions by device" in row.gaps
    (task,) = found.tasks
    names = [bar.name for bar in task.shown[0].bars]
    assert names[0] == "all rows"
    assert "device: web" in names
    assert "even: yes" not in names
    assert len(task.every) == 4
    assert "even: yes" in [bar.name for bar in task.every[0].bars]
    assert task.small == "Too small to judge: device tv."
    assert found.changes is not None
    assert model_section(audit_of(segmented(), baseline=None)).payment == ""


def test_marks_lie_on_the_axis() -> None:
    for chart in model_section(audit_of(segmented())).tasks[0].every:
        for bar in chart.bars:
            assert bar.mark is not None
            assert all(0 <= chart.axis.at(value) <= 100 for value in (bar.mark, *(bar.interval or ())))


def test_the_page_shows_it_and_says_what_to_do_before_launch() -> None:
    table = audit_tables("log", tables(), SCHEMA, None)
    model = audit_of(segmented())
    findings = sorted(
        [*model_findings(model), *table.findings], key=lambda one: ["fix", "watch", "fine"].index(one.severity)
    )
    page = audit_report(
        AuditRecord.model_validate({**dict(table), "model": model, "findings": tuple(findings)}), "e.yaml", "runs/first"
    )
    assert "before you launch" in page
    assert "How the model does, segment by segment" in page
    assert "Who gains and who pays" in page
    assert "All 5 segments of click" in page


def test_a_task_without_labels_has_no_figures() -> None:
    found = model_section(audit_of(segmented(), small()))
    assert found.tasks[1].sentence.startswith("Too few labels to judge")
    assert (list(found.tasks[1].every), found.overview[1].gaps) == ([], ("",))
