"""A log of units that come again, for tests of pilots."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from taskfusion.config.charter import Charter, Metric
from taskfusion.config.kpi import Kpi

FIRST = date(2026, 3, 2)  # a Monday


def log(units: int = 2000, days: int = 21, seed: int = 0) -> pl.DataFrame:
    """Rows of units with a taste of their own, which makes what was before tell something of what comes."""
    random = np.random.default_rng(seed)
    taste = random.beta(2, 6, units)
    unit = random.integers(0, units, units * days // 2)
    day = random.integers(0, days, len(unit))
    click = random.random(len(unit)) < taste[unit]
    return pl.DataFrame(
        {
            "user": unit,
            "time": [FIRST + timedelta(days=int(one)) for one in day],
            "click": click.astype(np.int8),
            "watch": click * random.gamma(2.0, 10.0, len(unit)) * (1 + taste[unit]),
        }
    )


def kpi(name: str, role: Any = "success", **more: Any) -> Kpi:
    """A KPI of the registry."""
    content = {"meaning": name, "unit": name, "event": name, "delay_days": 0.0, "direction": "up", "owner": "x"}
    return Kpi(name=name, role=role, **{**content, "least_effect": 0.02, **more})


def charter(**more: Any) -> Charter:
    """A charter over click per row and watch per unit."""
    metrics = (Metric(kpi="click", value="click"), Metric(kpi="watch", value="watch", per="unit"))
    content = {"name": "pilot", "metrics": metrics, "unit": "user", "time": "time", "percent": 10, "days": 14}
    return Charter(**{**content, **more})
