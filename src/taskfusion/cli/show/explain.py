"""What explain found."""

from taskfusion.cli.output import out
from taskfusion.report.attribution import completeness as columns_add_up
from taskfusion.report.attribution_words import columns_sentences, row_sentence
from taskfusion.report.explain import explain_box
from taskfusion.report.explain_use import agreement_rows, completeness
from taskfusion.report.grid import Grid
from taskfusion.run.record.explain import ExplainRecord


def print_explanation(found: ExplainRecord) -> None:
    """What the first screen of the page says, and how far seeds agree."""
    box = explain_box(found)
    out.print(box.title, style="bold", highlight=False, soft_wrap=True)
    for sentence in box.sentences:
        out.print(sentence, highlight=False, soft_wrap=True)
    if found.use is not None:
        out.print(completeness(found.use), highlight=False, soft_wrap=True)
        rows = agreement_rows(found.use.parts[0])
        if rows:
            cells = [[one.figure, one.level, one.edges, one.rank, one.same_sign, one.verdict] for one in rows]
            headings = ["figure", "level", "edges", "rank correlation", "same sign", "together"]
            out.print(Grid(f"agreement between {len(found.seeds)} seeds", headings, cells))
    out.print(f"columns: {columns_add_up(found.attribution)}", highlight=False, soft_wrap=True)
    for task in found.attribution.tasks:
        out.print(f"{task.task}: {' '.join(columns_sentences(task))}", highlight=False, soft_wrap=True)
    for one in () if found.row is None else found.row.tasks:
        out.print(f"{one.task}: {row_sentence(one)}", highlight=False, soft_wrap=True, markup=False)
    out.print(f"next: {box.command}", highlight=False, soft_wrap=True)
