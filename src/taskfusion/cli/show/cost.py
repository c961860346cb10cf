"""What serving costs."""

from taskfusion.cli.output import out
from taskfusion.report import number
from taskfusion.report.cost import cost_box
from taskfusion.report.cost_words import money
from taskfusion.report.grid import Grid
from taskfusion.run.record.cost import CostRecord


def print_cost(found: CostRecord) -> None:
    """A line per plan, and what to do."""
    rows = [
        [
            plan.name,
            money(plan.bill.money),
            number.count(plan.bill.cpu_seconds),
            number.significant(plan.bill.gb, 2),
            "measured here" if plan.is_measured else "estimated",
            plan.why_not or "",
        ]
        for plan in found.plans
    ]
    head = ["plan", "money", "CPU seconds", "GB", "CPU and memory", "breaks a limit"]
    out.print(Grid("per million requests", head, rows))
    box = cost_box(found)
    for sentence in (f"{box.title}.", *box.sentences):
        out.print(sentence, soft_wrap=True, highlight=False)
