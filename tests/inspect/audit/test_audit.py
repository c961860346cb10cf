"""A clean table has nothing to fix; planted faults are found, and stand first."""

import polars as pl

from audit_log import SCHEMA, Change, tables
from taskfusion.inspect.audit.audit import audit_tables
from taskfusion.report.audit import audit_report
from taskfusion.run.record.audit import AuditRecord
from translations import english_left, in_japanese


def _audit(change: Change = lambda log: log, late: Change = lambda log: log) -> AuditRecord:
    return audit_tables("log", tables(change, late), SCHEMA, None)


def test_a_clean_table_has_nothing_to_fix() -> None:
    notes: list[str] = []
    found = audit_tables("log", tables(), SCHEMA, None, on_note=notes.append)
    assert {one.severity for one in found.findings} == {"fine"}
    assert len(notes) == 4


def test_planted_faults_are_found_together_and_stand_first() -> None:
    def faulty(log: pl.DataFrame) -> pl.DataFrame:
        is_late = (pl.col("time").dt.day() == 10) & (pl.int_range(pl.len()) % 3 > 0)
        log = log.with_columns(
            click=pl.when(is_late).then(0).otherwise("click"), like=pl.when(is_late).then(0).otherwise("like")
        )
        return pl.concat([log, log.head(400)])

    found = _audit(faulty, late=lambda log: log.with_columns(pl.col("age") + 15))
    severities = [one.severity for one in found.findings]
    assert severities == sorted(severities, key=["fix", "watch", "fine"].index)
    faults = {(one.check, one.subject) for one in found.findings if one.severity == "fix"}
    assert faults == {
        ("grain", "rows of the table"),
        ("maturity", "task 'click'"),
        ("maturity", "task 'like'"),
        ("drift", "feature 'age'"),
    }
    assert english_left(in_japanese(audit_report, found, "e.yaml")) == []


def test_a_leak_is_taken_from_the_check() -> None:
    found = _audit(lambda log: log.with_columns(age=pl.col("like") + 0.0))
    assert ("leak", "feature 'age'") in {(one.check, one.subject) for one in found.findings if one.severity == "fix"}
