"""The three forms of figures: plots of two axes, rows of bars on one axis, and maps of cells.

They hold data; templates/figure.html draws them as SVG whose marks stand at percentages, so that a figure is as wide as
its place while text and marks keep their size, on a screen, a phone and paper. Colours of ink and paper are the page's.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from taskfusion.report.axis import Axis
from taskfusion.report.language import _
from taskfusion.report.theme import INK, Shape
from taskfusion.report.words import paragraph

_LETTER: Final = 6.6  # CSS pixels of a letter of a tick, at 12 pixels, rather too many than too few
_WIDE: Final = 12 / _LETTER  # letters that an ideograph or a kana is as wide as

_WIDEST: Final = 230
"""CSS pixels of the column of names at the most."""


@dataclass(frozen=True)
class Curve:
    """A line through points in order; it is broken where a value is None or not finite.

    Args:
        points: x and y.
        colour: of the line.
        name: what it is, for readers who cannot see it; empty: it is not told.
        width: in CSS pixels.
        dash: lengths of strokes and gaps as SVG takes them; empty: an unbroken line.
        faint: whether it stands behind the others.
        filled: whether the area below it is filled in place of a line.
    """

    points: Sequence[tuple[float, float | None]]
    colour: str = INK
    name: str = ""
    width: float = 2
    dash: str = ""
    faint: bool = False
    filled: bool = False

    @property
    def pieces(self) -> list[list[tuple[float, float]]]:
        """The points between gaps."""
        found: list[list[tuple[float, float]]] = [[]]
        for x, y in self.points:
            if y is None or not math.isfinite(y):
                found.append([])
            else:
                found[-1].append((x, y))
        return [piece for piece in found if piece]


@dataclass(frozen=True)
class Mark:
    """A point.

    Args:
        x: where it stands along the first axis.
        y: where it stands along the second.
        hover: what it says when pointed at.
        colour: of the mark.
        shape: its form.
        hollow: whether it is an outline.
        size: radius in CSS pixels.
        ends: of a vertical interval through it; None: it has none.
        label: text beside it.
        below: whether the text stands below it.
    """

    x: float
    y: float
    hover: str = ""
    colour: str = INK
    shape: Shape = "circle"
    hollow: bool = False
    size: float = 3.5
    ends: tuple[float, float] | None = None
    label: str = ""
    below: bool = False


@dataclass(frozen=True)
class Panel:
    """Curves and marks over two axes.

    Args:
        x: the axis from left to right.
        y: the axis from bottom to top; its title stands above.
        curves: the later ones lie above.
        marks: above all curves.
        rules: values of x with a dotted vertical line.
        height: of the area between the axes, in CSS pixels.
        bare: whether ticks and title of x are left to the panel below.
    """

    x: Axis
    y: Axis
    curves: Sequence[Curve] = ()
    marks: Sequence[Mark] = ()
    rules: Sequence[float] = ()
    height: int = 180
    bare: bool = False

    @property
    def description(self) -> str:
        """What the curves do, for readers who cannot see them."""
        told = [_told(curve) for curve in self.curves if curve.name and curve.pieces]
        return paragraph([_("{y} over {x}.", y=self.y.title, x=self.x.title), *told])


@dataclass(frozen=True)
class Plot:
    """Panels one below the other, on x axes of one width.

    Args:
        label: what it shows, for readers who cannot see it.
        panels: from top to bottom.
    """

    label: str
    panels: Sequence[Panel]
    form: Literal["plot"] = "plot"

    @property
    def margin(self) -> int:
        """Room for the ticks of the second axes, in CSS pixels."""
        longest = max((letters(tick.text) for panel in self.panels for tick in panel.y.ticks), default=0)
        return round(12 + _LETTER * longest)


@dataclass(frozen=True)
class Bar:
    """One row of bars.

    Args:
        name: of the row.
        text: its numbers in words.
        verdict: class of the page that colours it: better, worse or unclear.
        span: beginning and end of a bar; None: there is no bar.
        interval: ends of a thin line; None: there is none.
        mark: a value that is marked; None: none is.
        points: values of lesser marks, each with what it says when pointed at.
        note: a line below the name.
    """

    name: str
    text: str = ""
    verdict: str = ""
    span: tuple[float, float] | None = None
    interval: tuple[float, float] | None = None
    mark: float | None = None
    points: Sequence[tuple[float, str]] = ()
    note: str = ""


@dataclass(frozen=True)
class BarChart:
    """Rows of bars, intervals or marks on one axis, their names and numbers in text beside them.

    Args:
        label: what it shows.
        axis: of all rows.
        bars: from top to bottom.
        origin: the value at a vertical line; None: there is none.
        colour: of points and bars without a verdict.
    """

    label: str
    axis: Axis
    bars: Sequence[Bar]
    origin: float | None = 0.0
    colour: str = ""
    form: Literal["bars"] = "bars"

    @property
    def margin(self) -> int:
        """Room for the names, in CSS pixels; longer ones take two lines."""
        words = [word for bar in self.bars for word in (bar.name, bar.note)]
        return min(_WIDEST, round(20 + 1.3 * _LETTER * max(map(letters, words), default=0)))


@dataclass(frozen=True)
class MapCell:
    """A cell of a map.

    Args:
        text: its number; empty where cells are too small for one.
        hover: what it says when pointed at.
        depth: -1..1, how deep its colour is, below 0 in the other colour; None: it does not exist.
        framed: whether a frame is around it.
    """

    text: str
    hover: str
    depth: float | None
    framed: bool = False


@dataclass(frozen=True)
class HeatMap:
    """Cells in rows and columns.

    Args:
        label: what it shows.
        rows: names.
        columns: names.
        cells: per row, one per column.
        limit: the number at depth 1.
        numbered: whether cells have numbers.
    """

    label: str
    rows: Sequence[str]
    columns: Sequence[str]
    cells: Sequence[Sequence[MapCell]]
    limit: float
    numbered: bool
    form: Literal["map"] = "map"


Figure = Plot | BarChart | HeatMap


def letters(text: str) -> float:
    """How wide a text is, in letters of the Latin alphabet."""
    return sum(_WIDE if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _told(curve: Curve) -> str:
    points = [point for piece in curve.pieces for point in piece]
    (x0, y0), (x1, y1) = points[0], points[-1]
    ends = {name: format(value, ".4g") for name, value in (("x0", x0), ("y0", y0), ("x1", x1), ("y1", y1))}
    return _("{curve}: {count} points, from {y0} at {x0} to {y1} at {x1}.", curve=curve.name, count=len(points), **ends)
