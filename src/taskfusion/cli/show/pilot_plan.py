"""What a plan of a pilot says."""

from taskfusion.cli.output import out
from taskfusion.report import number
from taskfusion.report.grid import Grid
from taskfusion.report.pilot_plan import cautions, guard_sentences, kpi_sentence, plan_box
from taskfusion.run.record.pilot_plan import PilotPlan


def print_plan(found: PilotPlan) -> None:
    """A table of KPIs, and what to do."""
    rows = [
        [
            kpi.name,
            kpi.role,
            number.significant(100 * kpi.least_effect, 2),
            number.NOT_AVAILABLE if kpi.detectable is None else number.significant(100 * kpi.detectable, 2),
            "over 50" if kpi.percent_needed is None else number.significant(kpi.percent_needed, 2),
        ]
        for kpi in found.kpis
    ]
    title = f"{found.units_per_arm:,} units per arm, {found.days} days, {found.looks} looks; changes in %"
    out.print(Grid(title, ["KPI", "role", "matters from", "seen from", "% of units needed"], rows))
    out.print(plan_box(found).title)
    for kpi in found.kpis:
        if kpi.role == "success":
            out.print(kpi_sentence(kpi, found))
    for sentence in (*guard_sentences(found), *cautions(found)):
        out.print(sentence)
