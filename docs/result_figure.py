"""A figure of intervals as SVG: each a line from its lower to its upper bound, with a mark at its mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor

WIDTH, MARGIN = 960, 24
LEFT, RIGHT = 210, 760  # of the axis
HEAD, ROW, GROUP_GAP, FOOT = 78, 26, 40, 40
INK, PALE, GREY, GRID = "#1f2933", "#ffffff", "#616e7c", "#e4e7eb"
COLOURS = {"better": "#0072B2", "worse": "#B84C00"}


@dataclass(frozen=True)
class Line:
    """An interval and what it shows."""

    label: str
    mean: float
    low: float
    high: float
    verdict: str


def intervals(title: str, note: str, groups: Mapping[str, Sequence[Line]]) -> str:
    """The figure; groups stand one below the other, by their titles, on one axis that holds 0."""
    lines = [line for group in groups.values() for line in group]
    low = min(0, floor(2 * min(line.low for line in lines)) / 2)
    high = max(0, ceil(2 * max(line.high for line in lines)) / 2)

    def at(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (RIGHT - LEFT)

    bottom = HEAD + len(lines) * ROW + len(groups) * GROUP_GAP
    height = bottom + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" font-family="system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="{PALE}"/>',
        _text(MARGIN, 34, title, size=17, weight=600),
        _text(MARGIN, 57, note, size=13, fill=GREY),
    ]
    for half in range(round(2 * low), round(2 * high) + 1):
        value, colour = half / 2, GREY if half == 0 else GRID
        parts.append(f'<path d="M{at(value):.1f} {HEAD}V{bottom}" stroke="{colour}"/>')
        parts.append(_text(at(value), bottom + 20, f"{value:g}", size=12, fill=GREY, anchor="middle"))
    y = HEAD
    for name, group in groups.items():
        y += GROUP_GAP
        parts.append(_text(MARGIN, y - 12, name, size=14, weight=600))
        for line in group:
            parts += _row(line, y, at(line.low), at(line.mean), at(line.high))
            y += ROW
    return "\n".join([*parts, "</svg>", ""])


def _row(line: Line, y: int, low: float, mean: float, high: float) -> Iterator[str]:
    colour, middle = COLOURS.get(line.verdict, GREY), y + ROW / 2
    fill = PALE if colour == GREY else colour
    yield _text(MARGIN + 12, middle + 4, line.label, size=13)
    yield f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="{colour}" stroke-width="2"/>'
    yield f'<circle cx="{mean:.1f}" cy="{middle}" r="5" fill="{fill}" stroke="{colour}" stroke-width="2"/>'
    numbers = f"{line.mean:+.2f} [{line.low:+.2f}, {line.high:+.2f}]"
    yield _text(RIGHT + 24, middle + 4, numbers, size=13, fill=INK if colour == GREY else colour)


def _text(
    x: float, y: float, text: str, *, size: int, fill: str = INK, weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )
