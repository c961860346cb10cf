"""The verdict as the page draws it."""

from collections.abc import Callable
from typing import Any

from taskfusion.report import page
from taskfusion.report.axis import Axis
from taskfusion.report.box import KeyFigure, VerdictBox
from taskfusion.report.figure import Bar, BarChart

EVIL = "<b>&"


def drawn(box: VerdictBox) -> str:
    module: Any = page._environment().get_template("macros.html").make_module()
    return str(module.verdict_box(box))


def test_all_of_a_verdict_is_there_in_order(parse: Callable[[str], Any]) -> None:
    gains = BarChart("gains", Axis("x", 0, 1), [Bar("click", "+1")])
    costs = [KeyFigure("time", "1 s", ["other 2 s"])]
    found = parse(drawn(VerdictBox("Take it", "better", ["Because."], gains, costs, "do this", "for that")))
    words = ["Take it", "Because.", "click", "time", "1 s", "other 2 s", "Next", "do this", "for that"]
    places = [found.text.index(word) for word in words]
    assert places == sorted(places)
    assert found.figures == ["gains"]
    assert ("section", {"class": "verdict better", "aria-label": "Verdict"}) in found.elements


def test_what_is_not_there_leaves_no_trace(parse: Callable[[str], Any]) -> None:
    found = parse(drawn(VerdictBox(EVIL, "unclear", [], None)))
    assert found.text.strip() == EVIL
    assert {tag for tag, _ in found.elements} == {"section", "h2"}
