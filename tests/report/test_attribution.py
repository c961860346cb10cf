"""Sections on columns and on one row: figures and words."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from attribution_records import ATTRIBUTION, LIKE, ROW, changed, columns, push
from taskfusion.report.attribution import attribution_view, completeness, donor_sentences, row_chart, row_view
from taskfusion.report.page import _environment
from taskfusion.report.theme import styles

STYLE = styles(["like"])


def test_bars_stand_in_the_order_of_size_with_the_place_by_shuffling() -> None:
    view = attribution_view(ATTRIBUTION, STYLE)
    (task,) = view.tasks
    assert [bar.name for bar in task.chart.bars] == ["user", "video", "hour", "age", "tab", "city"]
    assert task.chart.bars[0].note == "shuffled: place 1"
    assert task.chart.bars[0].interval == pytest.approx((0.54, 0.66))
    assert task.chart.bars[0].points == ()
    assert "1\u202f000 rows" in view.how
    assert "5\u202f000 rows" in view.how


def test_seeds_are_dots() -> None:
    seen = columns(0.9)
    task = changed(seen, columns=tuple(changed(one, by_seed=(0.1, 0.2)) for one in seen.columns))
    (view,) = attribution_view(changed(ATTRIBUTION, tasks=(task,)), STYLE).tasks
    assert [hover for _, hover in view.chart.bars[0].points] == ["seed 1: 0.10", "seed 2: 0.20"]


def test_completeness_is_told_and_too_large_a_gap_is_called_rough() -> None:
    assert "miss 0.20\u202f% of the scores' change" in completeness(ATTRIBUTION)
    rough = changed(ATTRIBUTION, tasks=(changed(columns(), completeness_error=0.03),))
    assert completeness(rough).endswith("read them as rough.")


def test_the_bars_of_a_row_lead_from_the_average_input_to_the_prediction() -> None:
    chart = row_chart(changed(LIKE, trees=-0.2, score=-1.586))
    spans = [bar.span for bar in chart.bars if bar.span]
    assert [bar.name for bar in chart.bars][:3] == ["average input", "trees beside the network", "video"]
    assert spans[0][0] == LIKE.start
    for (_, end), (start, _) in pairwise(spans):
        assert end == start
    assert spans[-1][1] == pytest.approx(chart.bars[-1].mark, abs=0.005)
    assert [bar.verdict for bar in chart.bars if bar.span] == ["worse", "better", "better", "worse", "better", "better"]
    assert chart.bars[3].note == "= u7 (unstable)"


def test_many_columns_are_one_bar() -> None:
    many = tuple(push(f"c{place}", "1", 0.1) for place in range(20))
    chart = row_chart(changed(LIKE, pushes=many, gap=0.0))
    assert [bar.text for bar in chart.bars if bar.name == "12 other columns"] == ["+1.20"]


def test_a_network_that_counts_nothing_leaves_the_trees_alone() -> None:
    still = tuple(push(f"c{place}", "1", 0.0) for place in range(4))
    chart = row_chart(changed(LIKE, pushes=still, gap=0.0, trees=1.5))
    assert [bar.name for bar in chart.bars] == [
        "average input",
        "trees beside the network",
        "calibration",
        "prediction",
    ]


def test_donors_are_told_by_level_and_those_on_which_seeds_disagree_apart() -> None:
    assert donor_sentences(LIKE.donors) == [
        "Level 1: like (its own) +70\u202f%, the shared unit \u22128\u202f%; unstable: click."
    ]
    assert donor_sentences(()) == []


def test_a_row_is_named_as_it_was_asked_for() -> None:
    assert row_view(ROW).title == "row 41, the first with video = 'v12'"
    assert row_view(changed(ROW, wanted="41")).title == "row 41"
    assert row_view(ROW).unseen.startswith("Training never saw the value of user")
    assert row_view(changed(ROW, unseen=())).unseen == ""


def test_the_sections_are_parts_of_a_page(parse: Callable[[str], Any]) -> None:
    macros: Any = _environment().get_template("attribution.html").module
    columns_part = macros.columns(attribution_view(ATTRIBUTION, STYLE, has_trees=True, num_seeds=2), STYLE)
    page = parse(f"{columns_part}{macros.row(row_view(ROW), True)}")
    assert page.figures == ["Which columns move like", "Why like is 20.0\u202f%"]
    assert "of the network alone" in page.text
    assert "what trees add stands in one bar" in page.text
    assert "Its score moves most with user, video and hour." in page.text
