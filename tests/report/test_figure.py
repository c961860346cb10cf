"""Figures as the page draws them."""

from collections.abc import Callable
from typing import Any

import pytest
from jinja2 import Environment

from taskfusion.report import page
from taskfusion.report.axis import Axis
from taskfusion.report.figure import Bar, BarChart, Curve, Figure, HeatMap, MapCell, Mark, Panel, Plot
from taskfusion.report.theme import Shape

Parse = Callable[[str], Any]
UNIT = Axis("x", 0, 10)
EVIL = "<b>&"


def drawn(figure: Figure) -> str:
    environment: Environment = page._environment()
    return str(environment.get_template("figure.html").make_module().figure(figure))  # type: ignore[attr-defined]


def attributes_of(found: Any, tag: str) -> list[dict[str, str]]:
    return [attributes for name, attributes in found.elements if name == tag]


def test_a_curve_is_broken_where_nothing_is_known() -> None:
    curve = Curve([(0, 1), (1, None), (2, 3), (3, float("nan")), (4, 5), (5, 6)])
    assert curve.pieces == [[(0, 1)], [(2, 3)], [(4, 5), (5, 6)]]


def test_marks_and_curves_stand_where_the_axes_say(parse: Parse) -> None:
    curves = [Curve([(0, 0), (10, 5)], "#123456", "name")]
    panel = Panel(UNIT, Axis("y", 0, 20), curves, [Mark(2.5, 5, "here", "#123456", ends=(4, 10))], [5])
    found = parse(drawn(Plot("label", [panel])))
    assert [one["points"].strip() for one in attributes_of(found, "polyline")] == ["0.00,100.00 100.00,75.00"]
    assert [(one["cx"], one["cy"]) for one in attributes_of(found, "circle")] == [("25%", "75%")]
    lines = attributes_of(found, "line")
    (interval,) = [one for one in lines if one.get("stroke") == "#123456"]
    assert (interval["x1"], interval["y1"], interval["y2"]) == ("25%", "80%", "50%")
    assert [one["x1"] for one in lines if one.get("class") == "rule"] == ["50%"]
    assert found.hovers == ["label", "y over x. name: 2 points, from 0 at 0 to 5 at 10.", "here"]
    assert found.figures == ["label"]


def test_an_area_is_filled() -> None:
    text = drawn(Plot("label", [Panel(UNIT, UNIT, [Curve([(0, 0), (5, 5), (10, 0)], filled=True)])]))
    assert "<polygon" in text
    assert "<polyline" not in text


@pytest.mark.parametrize("shape", ["circle", "square", "diamond", "triangle"])
@pytest.mark.parametrize("hollow", [False, True])
def test_every_shape_is_drawn(parse: Parse, shape: Shape, hollow: bool) -> None:
    found = parse(
        drawn(Plot("label", [Panel(UNIT, UNIT, marks=[Mark(1, 1, colour="#123456", shape=shape, hollow=hollow)])]))
    )
    marks = attributes_of(found, "circle" if shape == "circle" else "path")
    assert [(one["fill"], one["stroke"]) for one in marks] == [("var(--paper)" if hollow else "#123456", "#123456")]


@pytest.mark.parametrize(("x", "anchor"), [(0.5, ""), (5, "middle"), (9.5, "end")])
def test_a_label_near_an_edge_is_not_cut(parse: Parse, x: float, anchor: str) -> None:
    found = parse(drawn(Plot("label", [Panel(UNIT, UNIT, marks=[Mark(x, 1, label="best")])])))
    (text,) = [one for one in attributes_of(found, "text") if "mark-label" in one["class"]]
    assert text["class"].split() == ["mark-label", *([anchor] if anchor else [])]


def test_ticks_of_x_are_left_to_the_panel_below(parse: Parse) -> None:
    above, below = (Panel(UNIT, Axis("y", 0, 1, count=0), bare=bare) for bare in (True, False))
    found = parse(drawn(Plot("label", [above, below])))
    assert len(attributes_of(found, "text")) == len(UNIT.ticks)


def test_bars_intervals_and_marks_stand_where_the_axis_says(parse: Parse) -> None:
    bar = Bar("name", "+1 [0, 2]", "better", span=(0, -2), interval=(-3, 1), mark=-2, note="few")
    found = parse(drawn(BarChart("label", Axis("x", -10, 10), [bar])))
    (box,) = attributes_of(found, "rect")
    assert (box["x"], box["width"]) == ("40%", "10%")
    interval = [(one["x1"], one["x2"]) for one in attributes_of(found, "line") if one.get("class") == "interval"]
    assert interval == [("35%", "55%"), ("35%", "35%"), ("55%", "55%")]
    assert [one["cx"] for one in attributes_of(found, "circle")] == ["40%"]
    assert [one["class"] for one in attributes_of(found, "tr") if "class" in one] == ["better"]
    assert "name few +1 [0, 2]" in found.text


def test_points_of_a_row_say_what_they_are(parse: Parse) -> None:
    found = parse(
        drawn(BarChart("label", UNIT, [Bar("name", mark=4, points=[(3, "seed 0"), (5, "seed 1")])], None, "#123456"))
    )
    assert [one["cx"] for one in attributes_of(found, "circle")] == ["30%", "50%"]
    assert found.hovers == ["seed 0", "seed 1"]
    assert not [one for one in attributes_of(found, "line") if one.get("class") == "origin"]


def test_cells_of_a_map_are_as_deep_as_they_say(parse: Parse) -> None:
    cells = [[MapCell("0.50", "a", 0.5, framed=True), MapCell("", "b", None), MapCell("-0.70", "c", -0.7)]]
    found = parse(drawn(HeatMap("label", ["r"], ["x", "y", "z"], cells, 1.0, numbered=True)))
    shown = [(one.get("class"), one.get("style")) for one in attributes_of(found, "td") if "title" in one]
    assert shown == [("plus framed", "--depth:0.50"), ("absent", None), ("minus deep", "--depth:0.70")]
    assert found.hovers == ["a", "b", "c"]


def test_names_are_text(parse: Parse) -> None:
    axis = Axis(EVIL, 0, 1)
    figures: list[Figure] = [
        Plot(EVIL, [Panel(axis, axis, [Curve([(0, 0)], name=EVIL)], [Mark(0, 0, EVIL, label=EVIL)])]),
        BarChart(EVIL, axis, [Bar(EVIL, EVIL, note=EVIL, points=[(0, EVIL)])]),
        HeatMap(EVIL, [EVIL], [EVIL], [[MapCell(EVIL, EVIL, 0.1)]], 1.0, numbered=False),
    ]
    for figure in figures:
        found = parse(drawn(figure))
        assert "b" not in {tag for tag, _ in found.elements}
        assert found.figures == [EVIL]
