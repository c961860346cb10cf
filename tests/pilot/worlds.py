"""Logs of pilots whose effects are known."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from pilot.logs import FIRST
from taskfusion.config.charter import Charter
from taskfusion.pilot.assign import TREATMENT, arm_column

START = FIRST + timedelta(days=7)


def world(
    charter: Charter, units: int, days: int, lift: float = 0.0, watch: float = 0.0, seed: int = 0
) -> pl.DataFrame:
    """Rows of a week before the pilot and of so many of its days.

    Args:
        charter: whose arms units are in.
        units: of all arms and outside.
        days: of the pilot.
        lift: relative change of click in the treatment.
        watch: relative change of watch per click there.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    taste = random.beta(2, 6, units)
    is_treated = (arm_column(pl.Series("user", range(units)), charter) == TREATMENT).to_numpy()
    unit = random.integers(0, units, 2 * units * (days + 7) // 3)
    day = random.integers(-7, days, len(unit))
    changed = is_treated[unit] & (day >= 0)
    click = random.random(len(unit)) < taste[unit] * (1 + lift * changed)
    seconds = click * random.gamma(2.0, 10.0, len(unit)) * (1 + watch * changed)
    times = [START + timedelta(days=int(one)) for one in day]
    return pl.DataFrame({"user": unit, "time": times, "click": click.astype(np.int8), "watch": seconds})


def day(number: int) -> date:
    """A day of the pilot, from 1."""
    return START + timedelta(days=number - 1)
