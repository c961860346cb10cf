"""How a ramp goes."""

from taskfusion.cli.output import out
from taskfusion.report.ramp_words import end_words, line_words
from taskfusion.run.record.ramp import JournalLine, RampRecord


def print_line(line: JournalLine, record: RampRecord) -> None:
    """One line as it is written."""
    out.print(f"{line.time:%Y-%m-%d %H:%M:%S} {line_words(line, record)}", soft_wrap=True, highlight=False)


def print_ramp(record: RampRecord) -> None:
    """How it ended."""
    out.print(" ".join(end_words(record)), soft_wrap=True)
