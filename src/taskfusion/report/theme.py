"""Colours and line styles: safe for colour-blind readers, the same for a task in every figure of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

INK = "#7a8594"  # a grey that reads on light and on dark paper
BETTER = "#0072B2"
WORSE = "#D55E00"

Shape = Literal["circle", "square", "diamond", "triangle"]

_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito, without the pale yellow."""

_DASHES: Final = ("", "6 4", "2 3", "8 3 2 3")
_SHAPES: Final[tuple[Shape, ...]] = ("circle", "square", "diamond", "triangle")


@dataclass(frozen=True)
class Style:
    """How one task, or one variant, is drawn everywhere; dash is that of an SVG stroke, empty for an unbroken line."""

    colour: str
    dash: str
    shape: Shape


def styles(names: Sequence[str]) -> dict[str, Style]:
    """One style per name, in order; the first 24 differ, the first six by colour."""
    return {name: _style(index) for index, name in enumerate(names)}


def _style(index: int) -> Style:
    turn = index // len(_COLOURS) % len(_DASHES)
    return Style(_COLOURS[index % len(_COLOURS)], _DASHES[turn], _SHAPES[turn])
