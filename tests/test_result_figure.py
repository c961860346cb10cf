"""Lines are as long as their intervals, on one scale, and all that is drawn is inside."""

from xml.etree import ElementTree

import pytest
from result_figure import COLOURS, WIDTH, Line, intervals

SPACE = "{http://www.w3.org/2000/svg}"
GROUPS = {
    "tasks": [Line("a & b", -0.4, -0.7, -0.1, "better"), Line("c", 0.1, -0.2, 0.4, "no difference shown")],
    "means": [Line("d", 1.2, 0.9, 1.6, "worse")],
}


def _drawn(groups: dict[str, list[Line]]) -> tuple[ElementTree.Element, list[tuple[float, float, float]]]:
    """The figure, and from top to bottom lower end, mean and upper end in its coordinates."""
    root = ElementTree.fromstring(intervals("title <1>", "note", groups))
    ends = [path.attrib["d"][1:].split(" ") for path in root.iter(f"{SPACE}path") if "H" in path.attrib["d"]]
    means = [float(circle.attrib["cx"]) for circle in root.iter(f"{SPACE}circle")]
    return root, [(float(low), mean, float(rest.split("H")[1])) for (low, rest), mean in zip(ends, means, strict=True)]


def test_lines_follow_their_intervals_on_one_scale() -> None:
    _, drawn = _drawn(GROUPS)
    lines = [line for group in GROUPS.values() for line in group]
    scale = (drawn[0][2] - drawn[0][0]) / (lines[0].high - lines[0].low)
    for line, (low, mean, high) in zip(lines, drawn, strict=True):
        assert high - low == pytest.approx(scale * (line.high - line.low), abs=0.2)
        assert mean - drawn[0][1] == pytest.approx(scale * (line.mean - lines[0].mean), abs=0.2)
        assert low < mean < high


@pytest.mark.parametrize("shift", [-5.0, 0.0, 5.0])
def test_everything_is_inside_and_0_is_on_the_axis(shift: float) -> None:
    moved = {
        name: [Line(one.label, one.mean + shift, one.low + shift, one.high + shift, one.verdict) for one in group]
        for name, group in GROUPS.items()
    }
    root, drawn = _drawn(moved)
    places = [place for line in drawn for place in line]
    ticks = [text for text in root.iter(f"{SPACE}text") if text.attrib["text-anchor"] == "middle"]
    assert "0" in [tick.text for tick in ticks]
    assert min(float(tick.attrib["x"]) for tick in ticks) <= min(places)
    assert max(float(tick.attrib["x"]) for tick in ticks) >= max(places)
    height = float(root.attrib["height"])
    for text in root.iter(f"{SPACE}text"):
        width = 0 if text.attrib["text-anchor"] == "middle" else 8 * len(text.text or "")
        assert float(text.attrib["x"]) + width < WIDTH
        assert float(text.attrib["y"]) < height


def test_colours_say_what_is_shown() -> None:
    root, _ = _drawn(GROUPS)
    better, unclear, worse = (circle.attrib["stroke"] for circle in root.iter(f"{SPACE}circle"))
    assert (better, worse) == (COLOURS["better"], COLOURS["worse"])
    assert unclear not in COLOURS.values()
