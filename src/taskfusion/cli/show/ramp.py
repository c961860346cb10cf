"""How a ramp goes."""

from datetime import datetime
from typing import Final

from taskfusion.cli.output import out
from taskfusion.report.ramp_words import end_words, line_words
from taskfusion.run.record.ramp import JournalLine, RampRecord, Reason, ReasonKind

QUIET_SECONDS: Final = 60.0
"""Between lines that say the same."""

_COUNTS: Final[frozenset[ReasonKind]] = frozenset({"outcomes awaited", "no harm", "not proven"})
"""Reasons whose value is a count of days, which changes seldom; other values change with every look."""


class Lines:
    """Prints lines of a journal as they are written; looks that find the same are printed once a minute."""

    def __init__(self) -> None:
        self._said: object = None
        self._time: datetime | None = None

    def __call__(self, line: JournalLine, record: RampRecord) -> None:
        """Print a line where it is news.

        Args:
            line: of the journal.
            record: of the ramp so far.
        """
        said = (line.event, line.stage, line.outcome, line.message, [_said(one) for one in line.reasons])
        is_quiet = self._time is not None and abs((line.time - self._time).total_seconds()) < QUIET_SECONDS
        if line.event == "read" and said == self._said and is_quiet:
            return
        self._said, self._time = said, line.time
        out.print(f"{line.time:%Y-%m-%d %H:%M:%S} {line_words(line, record)}", soft_wrap=True, highlight=False)


def print_ramp(record: RampRecord) -> None:
    """How it ended."""
    out.print(" ".join(end_words(record)), soft_wrap=True)


def _said(reason: Reason) -> object:
    return reason.kind, reason.subject, reason.value if reason.kind in _COUNTS else None
