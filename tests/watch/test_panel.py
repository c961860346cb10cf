"""Panels fit on a page and say what they show."""

from taskfusion.watch.panels import rows

ROWS = rows(0.1)
PANELS = [panel for row in ROWS for panel in row.panels]


def test_panels_fill_lines_of_a_page_and_ask_something() -> None:
    for panel in PANELS:
        assert 24 % panel.width == 0, panel.title
        assert panel.form in ("timeseries", "stat", "table")
        assert panel.lines


def test_panels_have_names_of_their_own_and_whole_sentences() -> None:
    for row in ROWS:
        titles = [panel.title for panel in row.panels]
        assert len(set(titles)) == len(titles)
    assert all(panel.about[0].isupper() or panel.about[0].isdigit() for panel in PANELS)
    assert all(panel.about.endswith(".") for panel in PANELS)
