"""Numbers as people read them: rounded for what they mean, with units."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from taskfusion.evaluate.metric import METRICS
from taskfusion.report.language import Language, _, spoken

NOT_AVAILABLE = "n/a"
_MINUS = "\u2212"
THIN = "\u202f"


@dataclass(frozen=True)
class _Style:
    """How a language writes numbers: what stands between thousands and before %, units of time, and short scales."""

    thousands: str
    gap: str
    seconds: str
    minutes: str
    hours: str
    scales: Sequence[tuple[float, str]]


_STYLES: Final[Mapping[Language, _Style]] = {
    "en": _Style(
        THIN,
        THIN,
        f"{THIN}s",
        f"{THIN}min ",
        f"{THIN}h ",
        ((1e3, f"{THIN}k"), (1e6, f"{THIN}M"), (1e9, f"{THIN}G"), (1e12, f"{THIN}T")),
    ),
    "ja": _Style(",", "", "秒", "分", "時間", ((1e4, "万"), (1e8, "億"), (1e12, "兆"))),
}


def _style() -> _Style:
    return _STYLES[spoken()]


def percent_sign() -> str:
    """What stands after a number in percent."""
    return f"{_style().gap}%"


def metric(name: str, value: float | None, *, beside: float | None = None) -> str:
    """The value of a metric: fixed decimals where its scale is fixed, four significant digits where it is the label's.

    Args:
        name: key of the metric.
        value: its value; None is not available.
        beside: the value it stands beside, as a spread beside its mean, and shares the decimals with; None: itself.
    """
    if value is None or not math.isfinite(value):
        return NOT_AVAILABLE
    scale = abs(value if beside is None else beside)
    decimals = METRICS[name].decimals if name in METRICS else None
    if decimals is None:
        return significant(value, 4 if beside is None else 2)
    if 0 < scale < 10.0 ** (1 - decimals):  # as the calibration error of a rare task: keep two significant digits
        decimals = min(9, 1 - math.floor(math.log10(scale)))
    return _signed(f"{value:.{decimals}f}")


def difference(name: str, value: float, *, beside: float) -> str:
    """The difference of two values of a metric, with its sign, rounded as the value that it stands beside."""
    text = metric(name, value, beside=beside)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def significant(value: float, digits: int) -> str:
    """A number with so many significant digits: 0.01235, 1 235, 1.235e-07."""
    if not math.isfinite(value):
        return NOT_AVAILABLE
    if value == 0:
        return "0"
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])  # after rounding: 0.9999 counts as 1
    if exponent < -6 or exponent >= 9:
        return _signed(f"{value:.{digits - 1}e}")
    return _grouped(f"{round(value, digits - 1 - exponent):,.{max(0, digits - 1 - exponent)}f}")


def label(mean: float) -> str:
    """A number on the scale of a label, with four significant digits."""
    return significant(mean, 4)


def count(value: float) -> str:
    """A whole number with its thousands apart."""
    return _grouped(f"{round(value):,}")


def quantity(value: float) -> str:
    """A large number in short: 950, 12.3 k, 4.56 M, 7.89 G; in Japanese 1.23 times 10 000 and so on."""
    scales = [(1.0, ""), *_style().scales]
    scale, unit = next((here for here, after in pairwise(scales) if abs(value) < after[0] * (1 - 5e-4)), scales[-1])
    return significant(value / scale, _digits(value / scale)) + unit


def _digits(value: float) -> int:
    """Significant digits of a number before a unit: three, or all before the point."""
    return max(3, len(f"{abs(value):.0f}"))


def duration(seconds: float) -> str:
    """A time span: 0.83 s, 42 s, 7 min 12 s, 3 h 20 min."""
    style = _style()
    if seconds < 10:
        return significant(seconds, 2) + style.seconds
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{style.seconds}"
    if whole < 3600:
        return f"{whole // 60}{style.minutes}{whole % 60}{style.seconds}"
    minutes = round(seconds / 60)
    return f"{count(minutes // 60)}{style.hours}{minutes % 60}{style.minutes.rstrip()}"


def signed(number: float, decimals: int) -> str:
    """A number with its sign, + or a true minus; none before a zero."""
    return _signed(f"{number:+.{decimals}f}") if round(number, decimals) else f"{0:.{decimals}f}"


def fixed(value: float, decimals: int) -> str:
    """A number with so many digits after the point, its thousands apart."""
    return _grouped(f"{value:,.{decimals}f}")


def percent(share: float, decimals: int = 0) -> str:
    """A share (0..1) in percent; shares that would round to nothing say so."""
    scaled = 100 * share
    smallest = 10.0**-decimals
    if 0 < scaled < smallest / 2:
        least = f"{smallest:g}{percent_sign()}"
        return _("under {share}", share=least)
    return _signed(f"{scaled:.{decimals}f}") + percent_sign()


def rate(share: float) -> str:
    """A rate (0..1) in percent with three significant digits: 31.0 %, 0.170 %."""
    return significant(100 * share, 3) + percent_sign()


def plain(value: float) -> str:
    """An epoch or another small number without needless decimals: 3, 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _signed(text: str) -> str:
    """With a true minus sign, and none before a zero."""
    if not text.startswith("-"):
        return text
    return _MINUS + text[1:] if text.strip("-0.,e+") else text[1:]


def _grouped(text: str) -> str:
    return _signed(text).replace(",", _style().thousands)
