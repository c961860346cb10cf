"""Tables and maps of an explanation."""

from explanations import RECORD, USE
from taskfusion.report.explain_use import agreement_rows, completeness, figure_maps


def test_maps_say_unstable_where_seeds_disagree() -> None:
    everywhere, *levels = figure_maps(USE.parts[0], "dependence", RECORD.tasks)
    assert everywhere.title == "All levels"
    assert [one.title for one in levels] == ["Level 1", "Level 2"]
    assert [[cell.text for cell in row] for row in everywhere.chart.cells] == [
        ["+21.00", "unstable"],
        ["+2.50", "+8.50"],
    ]
    assert everywhere.chart.cells[0][0].framed
    assert "by seed" in everywhere.chart.cells[0][1].hover
    assert [one.title for one in figure_maps(USE.parts[0], "contribution", RECORD.tasks)] == ["Level 1", "Level 2"]


def test_contributions_that_do_not_add_up_are_told() -> None:
    assert "at most 0.40" in completeness(USE)
    assert "add up" in completeness(USE)
    assert "read the contributions as rough" in completeness(USE.model_copy(update={"completeness_error": 0.02}))


def test_agreement_is_a_row_per_figure() -> None:
    (row,) = agreement_rows(USE.parts[0])
    assert (row.figure, row.level, row.edges, row.same_sign, row.verdict) == (
        "dependence",
        "all levels",
        "2",
        "50\u202f%",
        "unstable",
    )
