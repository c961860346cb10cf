"""From inputs to money: what each part takes or gives in a month, and what the change takes once.

Axes: S draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from taskfusion.config.traffic import A_MILLION
from taskfusion.pilot.roi.draw import Array
from taskfusion.pilot.roi.inputs import Inputs
from taskfusion.run.record.roi import PartKind, Side


@dataclass(frozen=True, eq=False)
class Flow:
    """Money in a month.

    Attributes:
        costs: per part what it costs before and after, S each.
        gains: per KPI what it earns [S].
        once: what the change takes once [S].
        delay: months until all traffic is on the new models [S].
    """

    costs: Mapping[PartKind, tuple[Array, Array]]
    gains: Mapping[str, Array]
    once: Array
    delay: Array

    @property
    def saved(self) -> Array:
        """What serving, training and maintenance cost less in a month [S]."""
        found_S: Array = np.sum([before - after for before, after in self.costs.values()], axis=0)
        return found_S


def flow(inputs: Inputs, models: Mapping[Side, int]) -> Flow:
    """The money of inputs.

    Args:
        inputs: drawn.
        models: before and after.
    """
    million = inputs.value("requests") / A_MILLION
    costs: dict[PartKind, tuple[Array, Array]] = {
        "serving": (million * inputs.value("serving", "before"), million * inputs.value("serving", "after")),
    }
    if inputs.has("training", "before"):
        costs["training"] = (inputs.value("training", "before"), inputs.value("training", "after"))
    costs["maintenance"] = (
        _maintenance(inputs, "before", models["before"]),
        _maintenance(inputs, "after", models["after"]),
    )
    gains = {one.kpi: _gain(inputs, one.kpi) for one in inputs.all if one.kind == "effect" and one.kpi is not None}
    once = inputs.value("migration hours") * inputs.value("hour") + inputs.value("migration money")
    return Flow(costs, gains, once, inputs.value("migration months"))


def _maintenance(inputs: Inputs, side: Side, models: int) -> Array:
    hours = models * inputs.value("hours per model", side)
    hours = hours + inputs.value("pipelines", side) * inputs.value("hours per pipeline", side)
    return hours * inputs.value("hour") + inputs.value("incidents", side) * inputs.value("incident")


def _gain(inputs: Inputs, kpi: str) -> Array:
    worth = inputs.value("KPI per month", kpi=kpi) * inputs.value("KPI value", kpi=kpi)
    return worth * inputs.value("lasting") * inputs.value("effect", kpi=kpi)
