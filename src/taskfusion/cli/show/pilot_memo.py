"""What a pilot showed."""

from taskfusion.cli.output import out
from taskfusion.report.grid import Grid
from taskfusion.report.pilot_memo import FINDINGS, hints, memo_box
from taskfusion.report.pilot_segments import segment_hints
from taskfusion.report.pilot_words import change_text, days_texts, reason_text
from taskfusion.run.record.pilot_memo import PilotMemo


def print_memo(memo: PilotMemo) -> None:
    """What to do, why, and a table of KPIs."""
    rows = [[kpi.name, kpi.role, change_text(kpi.effect), FINDINGS[kpi.finding][0]] for kpi in memo.kpis]
    days = ", ".join(f"{name}: {value}" for name, value in days_texts(memo))
    title = f"{days}; change from control to treatment"
    out.print(Grid(title, ["KPI", "role", "change", "shown"], rows))
    out.print(memo_box(memo).title)
    for sentence in (*map(reason_text, memo.reasons), *hints(memo), *segment_hints(memo)):
        out.print(sentence)
