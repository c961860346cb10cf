import itertools
import math

from taskfusion.report.theme import styles


def test_twenty_four_names_are_drawn_differently() -> None:
    found = list(styles([str(index) for index in range(24)]).values())
    assert len(set(found)) == 24
    assert len({style.colour for style in found[:6]}) == 6


def test_more_names_start_over() -> None:
    found = styles([str(index) for index in range(25)])
    assert found["24"] == found["0"]


def test_a_name_is_drawn_by_its_place() -> None:
    assert styles(["a", "b"])["b"] == styles(["x", "b", "c"])["b"]


def test_colours_differ_in_lightness_or_hue_as_seen_without_red_or_green() -> None:
    """Vienot et al. (1999): the simulated colours of two tasks stay apart."""
    colours = [style.colour for style in styles([str(index) for index in range(6)]).values()]
    for left, right in itertools.combinations(colours, 2):
        assert _distance(_without_green(left), _without_green(right)) > 25


def _without_green(colour: str) -> tuple[float, float, float]:
    """Deuteranopia on linear RGB, back to 0..255."""
    red, green, blue = ((int(colour[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5))
    mixed = 0.29275 * red + 0.70725 * green
    return mixed ** (1 / 2.2) * 255, mixed ** (1 / 2.2) * 255, blue ** (1 / 2.2) * 255


def _distance(left: tuple[float, ...], right: tuple[float, ...]) -> float:
    return math.dist(left, right)
