"""Colours and line styles: safe for colour-blind readers, the same for a task in every figure of a page."""

from collections.abc import Sequence
from dataclasses import dataclass

INK = "#7a8594"  # a grey that reads on light and on dark paper
BETTER = "#0072B2"
WORSE = "#D55E00"

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")  # Okabe and Ito, without the pale yellow
_DASHES = ("solid", "dash", "dot", "dashdot")
_MARKERS = ("circle", "square", "diamond", "triangle-up")


@dataclass(frozen=True)
class Style:
    """How one task, or one variant, is drawn everywhere."""

    colour: str
    dash: str
    marker: str


def styles(names: Sequence[str]) -> dict[str, Style]:
    """One style per name, in order; the first 24 differ, the first six by colour."""
    return {name: _style(index) for index, name in enumerate(names)}


def translucent(colour: str, opacity: float) -> str:
    """The colour #rrggbb with an opacity (0..1)."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def _style(index: int) -> Style:
    turn = index // len(_COLOURS) % len(_DASHES)
    return Style(_COLOURS[index % len(_COLOURS)], _DASHES[turn], _MARKERS[turn])
