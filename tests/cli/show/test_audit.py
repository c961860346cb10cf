"""What audit prints: a line per finding, the faults first."""

import pytest

from audit_log import SCHEMA, tables
from taskfusion.cli.show.audit import print_audit
from taskfusion.inspect.audit.audit import audit_tables


def test_every_finding_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    found = audit_tables("log", tables(), SCHEMA, None)
    print_audit(found)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(found.findings)
    assert lines[0].startswith("fine rows of the table: each row is one user_id, item_id and time")
