"""The scale of a figure: where a value stands along it, and the round numbers that are written beside it."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.report import number

_ROUND: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Steps between ticks, times a power of ten."""

_LEAST: Final = 1e-300
"""Below it floats are too coarse to be drawn."""

_DENSE: Final = 100
"""On a logarithmic axis whose ends have a smaller ratio, ticks stand at 1, 2 and 5 times a power of ten."""


@dataclass(frozen=True)
class Tick:
    """A round value: how far along the axis it stands, in percent, and how it is written."""

    at: float
    text: str


@dataclass(frozen=True)
class Axis:
    """A scale from low to high.

    Args:
        title: what is measured.
        low: the value at its beginning; above 0 where it is logarithmic.
        high: the value at its end, above low.
        log: whether equal steps are equal ratios.
        percent: whether rates (0..1) are written in percent.
        count: about how many ticks it has; 0: none.
    """

    title: str
    low: float
    high: float
    log: bool = False
    percent: bool = False
    count: int = 5

    def at(self, value: float) -> float:
        """How far along the axis a value stands, in percent of its length."""
        low, high, one = (math.log10(v) if self.log else v for v in (self.low, self.high, value))
        return 100 * (one - low) / (high - low)

    @property
    def ticks(self) -> list[Tick]:
        """Round values between the ends, rising."""
        values = _decades(self.low, self.high) if self.log else _steps(self.low, self.high, self.count)
        scale = 100 if self.percent else 1
        scaled = [scale * value for value in values] if self.count else []
        step = min((b - a for a, b in itertools.pairwise(scaled)), default=0.0)
        unit = number.percent_sign() if self.percent else ""
        return [
            Tick(self.at(value), _text(shown, shown if self.log else step) + unit)
            for value, shown in zip(values, scaled, strict=False)
        ]


def around(title: str, values: Sequence[float], *, pad: float = 0.06, count: int = 5) -> Axis:
    """An axis that holds all values, with so much room at both ends in shares of their span; values is not empty."""
    low, high = min(values), max(values)
    span = (high - low) or abs(high)
    room = pad * (span if span > _LEAST else 1.0)
    return Axis(title, low - room, high + room, count=count)


def _steps(low: float, high: float, count: int) -> list[float]:
    raw = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(one * power for one in _ROUND if one * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def _decades(low: float, high: float) -> list[float]:
    within = (1.0, 2.0, 5.0) if high / low < _DENSE else (1.0,)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [one * 10.0**e for e in exponents for one in within if low <= one * 10.0**e <= high]


def _text(value: float, step: float) -> str:
    """With as many decimals as tell the steps apart."""
    if not step:
        return number.significant(value, 3)
    decimals = max(0, -math.floor(math.log10(abs(step)) + 1e-9))
    if round(step, decimals) != round(step, decimals + 1):
        decimals += 1
    return number.fixed(value, decimals)
