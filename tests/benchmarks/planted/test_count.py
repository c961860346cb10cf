"""What counts as named, and as accused."""

from benchmarks.planted.count import Found, count_row, found_in
from benchmarks.planted.world import World
from taskfusion.run.record.audit import AuditFinding, AuditRecord
from taskfusion.run.record.transfer import SourceRecord, TransferRecord
from transfers import RECORD, effect


def record(**means: float) -> TransferRecord:
    sources = [
        SourceRecord.model_validate(
            {name: getattr(RECORD.sources[1], name) for name in SourceRecord.model_fields}
            | {"source": source, "others": effect(mean), "targets": {}}
        )
        for source, mean in means.items()
    ]
    content = {name: getattr(RECORD, name) for name in TransferRecord.model_fields}
    return TransferRecord.model_validate(content | {"sources": tuple(sources)})


def audited(*subjects: str) -> AuditRecord:
    findings = [AuditFinding(severity="fix", check="rate", subject=one, seen="", advice="") for one in subjects]
    fine = AuditFinding(severity="fine", check="grain", subject="task 'four'", seen="", advice="")
    return AuditRecord(
        name="a", rows={}, share=1, key=(), time=None, findings=(*findings, fine), labels=(), drift=(), domain=(),
        kpis=(), segments=(),
    )  # fmt: skip


def test_guilty_and_donor_are_named() -> None:
    assert found_in(World("mixed-up", 0), audited(), record(one=-2.0, two=0.01)) == Found(True, 0, None)
    assert found_in(World("clean", 0), audited(), record(one=0.01, donor=3.0)) == Found(None, 0, True)
    assert found_in(World("flipped", 0), audited("task 'one'"), None) == Found(True, 0, None)


def test_another_is_accused() -> None:
    assert found_in(World("mixed-up", 0), audited(), record(one=0.01, two=-2.0)) == Found(False, 1, None)
    assert found_in(World("clean", 0), audited("features 'one'"), record(one=-2.0, donor=0.01)) == Found(None, 1, False)
    assert found_in(World("flipped", 0), audited("tasks 'two' and 'one'"), None) == Found(True, 1, None)


def test_counts_are_of_all_worlds() -> None:
    some = [Found(True, 0, None), Found(False, 2, None)]
    assert count_row("x", some) == "| x | 1 of 2 | 1 of 2 |  |"
    assert count_row("clean", [Found(None, 0, True)]) == "| clean |  | 0 of 1 | 1 of 1 |"
