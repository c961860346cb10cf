"""A figure of stacked bars as SVG: parts of wholes, each bar as long as the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

WIDTH, MARGIN, LABEL_WIDTH = 960, 24, 200
BAR_HEIGHT, BAR_GAP = 34, 18
HEAD_HEIGHT = 84
LEGEND_SWATCH, LEGEND_LETTER, LEGEND_GAP = 19, 7.6, 20  # a name's room: swatch, letters, gap
LEAST_LABELLED = 0.045  # share from which a segment is wide enough for its number
DARK, PALE, GREY = "#1f2933", "#ffffff", "#616e7c"


@dataclass(frozen=True)
class Part:
    """How a part is drawn in every bar."""

    fill: str
    ink: str


@dataclass(frozen=True)
class Bar:
    """One whole.

    Attributes:
        label: what it is.
        note: its size, in words.
        shares: of its parts, 0..1, by name.
    """

    label: str
    note: str
    shares: Mapping[str, float]


def stacked_bars(title: str, parts: Mapping[str, Part], bars: list[Bar]) -> str:
    """The figure."""
    height = HEAD_HEIGHT + len(bars) * (BAR_HEIGHT + BAR_GAP) + MARGIN - BAR_GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" font-family="system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="{PALE}"/>',
        _text(MARGIN, 34, title, size=17, weight=600),
        *_legend(parts),
    ]
    for place, bar in enumerate(bars):
        lines += _bar(bar, parts, HEAD_HEIGHT + place * (BAR_HEIGHT + BAR_GAP))
    return "\n".join([*lines, "</svg>", ""])


def _legend(parts: Mapping[str, Part]) -> list[str]:
    lines, x = [], float(MARGIN)
    for name, part in parts.items():
        lines.append(f'<rect x="{x:.1f}" y="50" width="13" height="13" rx="3" fill="{part.fill}"/>')
        lines.append(_text(x + LEGEND_SWATCH, 61, name, size=13))
        x += LEGEND_SWATCH + len(name) * LEGEND_LETTER + LEGEND_GAP
    return lines


def _bar(bar: Bar, parts: Mapping[str, Part], y: int) -> list[str]:
    lines = [
        _text(MARGIN, y + 15, bar.label, size=14, weight=600),
        _text(MARGIN, y + 31, bar.note, size=12, fill=GREY),
    ]
    room = WIDTH - LABEL_WIDTH - 2 * MARGIN
    x = float(MARGIN + LABEL_WIDTH)
    for name, part in parts.items():
        share = bar.shares[name]
        width = share * room
        lines.append(
            f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR_HEIGHT}" fill="{part.fill}" '
            f'stroke="{PALE}" stroke-width="1"><title>{escape(name)}: {share:.1%}</title></rect>'
        )
        if share >= LEAST_LABELLED:
            middle = x + width / 2
            lines.append(_text(middle, y + 22, f"{share:.0%}", size=13, fill=part.ink, anchor="middle"))
        x += width
    return lines


def _text(
    x: float, y: float, text: str, *, size: int, fill: str = DARK, weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )
