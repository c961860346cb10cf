"""Bars are as long as their shares say, and all of the text is inside."""

from xml.etree import ElementTree

import pytest

from benchmarks.figure import DARK, WIDTH, Bar, Part, stacked_bars
from benchmarks.parts import PARTS
from benchmarks.where import STYLES

SPACE = "{http://www.w3.org/2000/svg}"


def test_segments_add_up_and_follow_their_shares() -> None:
    parts = {"one": Part("#111111", "#ffffff"), "two": Part("#222222", DARK)}
    bars = [Bar("a", "9 ms", {"one": 0.25, "two": 0.75}), Bar("b & c", "1 ms", {"one": 0.99, "two": 0.01})]
    root = ElementTree.fromstring(stacked_bars("title <1>", parts, bars))
    assert root.findtext(f"{SPACE}title") == "title <1>"
    drawn = [rect for rect in root.iter(f"{SPACE}rect") if rect.find(f"{SPACE}title") is not None]
    widths = [float(rect.attrib["width"]) for rect in drawn]
    assert widths[0] + widths[1] == pytest.approx(widths[2] + widths[3], abs=0.2)
    assert widths[1] == pytest.approx(3 * widths[0], abs=0.4)
    assert float(drawn[1].attrib["x"]) == pytest.approx(float(drawn[0].attrib["x"]) + widths[0], abs=0.2)
    texts = [text.text for text in root.iter(f"{SPACE}text")]
    assert texts == ["title <1>", "one", "two", "a", "9 ms", "25%", "75%", "b & c", "1 ms", "99%"]


def test_every_part_has_a_colour_of_its_own_and_the_legend_fits() -> None:
    assert tuple(STYLES) == PARTS
    assert len({part.fill for part in STYLES.values()}) == len(PARTS)
    root = ElementTree.fromstring(stacked_bars("", STYLES, []))
    ends = [float(text.attrib["x"]) + 8 * len(text.text or "") for text in root.iter(f"{SPACE}text")]
    assert max(ends) < WIDTH
