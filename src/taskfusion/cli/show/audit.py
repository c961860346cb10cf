"""What audit found."""

from typing import Final

from rich.text import Text

from taskfusion.cli.output import out
from taskfusion.run.record.audit import AuditRecord

_STYLES: Final = {"fix": "red", "watch": "yellow", "fine": "green"}


def print_audit(found: AuditRecord) -> None:
    """A line per finding, in the order in which to act."""
    for one in found.findings:
        advice = f"; {one.advice}" if one.advice else ""
        line = f" {one.subject}: {one.seen}{advice}"
        out.print(Text.assemble((one.severity, _STYLES[one.severity]), line), soft_wrap=True)
