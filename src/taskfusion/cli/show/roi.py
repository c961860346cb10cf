"""What a change of models earns."""

from taskfusion.cli.output import out
from taskfusion.report import number
from taskfusion.report.grid import Grid
from taskfusion.report.roi import roi_box
from taskfusion.report.roi_words import CASES, between, missing_text, money, month_text
from taskfusion.run.record.roi import RoiRecord


def print_roi(record: RoiRecord) -> None:
    """A line per case, and what follows."""
    rows = [
        [
            CASES[one.name],
            money(one.net.median),
            between(one.net),
            number.percent(one.chance),
            month_text(one.break_even[1], record.months),
        ]
        for one in record.cases
    ]
    head = ["case", "net value", "nine of ten draws", "chance to pay", "paid for itself by"]
    out.print(Grid(f"{record.before} to {record.after}, {record.months} months", head, rows))
    box = roi_box(record)
    for sentence in (f"{box.title}.", *box.sentences, *map(missing_text, record.uncounted)):
        out.print(sentence, soft_wrap=True, highlight=False)
