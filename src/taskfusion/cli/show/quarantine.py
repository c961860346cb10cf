"""What a quarantine did."""

from taskfusion.cli.output import out
from taskfusion.report.grid import Grid
from taskfusion.report.quarantine import advice, quarantine_rows, quarantine_sentence
from taskfusion.run.record.quarantine import QuarantineRecord


def print_quarantine(found: QuarantineRecord) -> None:
    """The losses of all tasks, what came of it, and what to do where it does not help."""
    headings = ["", "as it was", "recalibrated", f"{found.source} masked", "change"]
    title = f"{found.rows}: loss over that of predicting the mean"
    out.print(Grid(title, headings, [[row.task, *row.losses, row.change] for row in quarantine_rows(found)]))
    out.print(quarantine_sentence(found), soft_wrap=True, highlight=False)
    if not found.kept:
        out.print(f"{advice(found)} Nothing was written.", soft_wrap=True, highlight=False, markup=False)
