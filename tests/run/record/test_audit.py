"""audit.json comes back as it was written, and takes nothing else."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from audit_log import SCHEMA, tables
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.inspect.audit.audit import audit_tables
from taskfusion.run.record.audit import AuditFinding, AuditRecord


def test_a_record_comes_back(tmp_path: Path) -> None:
    written = audit_tables("log", tables(), SCHEMA, None)
    write_artifact(tmp_path / "audit.json", written)
    assert read_artifact(tmp_path / "audit.json", AuditRecord) == written


def test_another_severity_is_refused() -> None:
    with pytest.raises(ValidationError, match="severity"):
        AuditFinding(severity="bad", check="a", subject="b", seen="c", advice="")  # type: ignore[arg-type]
