"""Numbers with where they come from."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from taskfusion.run.record.cost import Amount

MEASURED: Final = "measured here"
FROM_RUN: Final = "from the run"


def measured(values: Sequence[float], units: float = 1) -> Amount:
    """The median of measurements of so many units each, with the lowest and the highest where there are several."""
    each = [value / units for value in values]
    if len(each) == 1:
        return Amount(value=each[0], repeats=1, source=MEASURED)
    return Amount(value=median(each), low=min(each), high=max(each), repeats=len(each), source=MEASURED)


def of_run(value: float) -> Amount:
    """What a run says of itself."""
    return Amount(value=value, source=FROM_RUN)


def estimated(like: Amount, how: str) -> Amount:
    """The same number for something that was not measured.

    Args:
        like: that was.
        how: the estimate is made.
    """
    return Amount(value=like.value, source=f"estimated: {how}")


def is_measured(amount: Amount) -> bool:
    """Whether it was measured here."""
    return amount.source == MEASURED
