"""What a change comes to: net value, chance to pay, and the month by which it has paid for itself.

Money goes out once, at the beginning, and comes evenly from the month on in which all traffic is on the new models.

Axes: S draws.
"""

import numpy as np

from taskfusion.pilot.roi.draw import Array
from taskfusion.run.record.roi import CaseName, RoiCase, Spread

_ENDS = (0.05, 0.5, 0.95)


def spread(value_S: Array) -> Spread:
    """Mean, median, and where nine of ten draws lie."""
    low, median, high = np.quantile(value_S, _ENDS).tolist()
    return Spread(mean=float(value_S.mean()), low=low, median=median, high=high)


def net(monthly_S: Array, once_S: Array, delay_S: Array, months: float) -> Array:
    """Money after so many months [S]."""
    found_S: Array = monthly_S * np.maximum(0.0, months - delay_S) - once_S
    return found_S


def break_even(monthly_S: Array, once_S: Array, delay_S: Array) -> Array:
    """Months until the money that came is what went out; infinite where it never is [S]."""
    never_S = np.full(len(monthly_S), np.inf)
    found_S: Array = delay_S + np.divide(once_S, monthly_S, out=never_S, where=monthly_S > 0)
    return found_S


def case(name: CaseName, monthly_S: Array, once_S: Array, delay_S: Array, months: int) -> RoiCase:
    """A case.

    Args:
        name: of it.
        monthly_S: money in a month.
        once_S: money that goes out once.
        delay_S: months until money comes.
        months: that count.
    """
    month_S = break_even(monthly_S, once_S, delay_S)
    by_quantile = np.quantile(month_S, _ENDS, method="inverted_cdf").tolist()
    early, median, late = (month if month <= months else None for month in by_quantile)
    end_S = net(monthly_S, once_S, delay_S, months)
    return RoiCase(
        name=name,
        net=spread(end_S),
        chance=float((end_S > 0).mean()),
        break_even=(early, median, late),
        paid=[float((month_S <= month).mean()) for month in range(1, months + 1)],
        net_by_month=[spread(net(monthly_S, once_S, delay_S, month)) for month in range(months + 1)],
    )
