"""All that goes into a return, drawn.

Axes: S draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from taskfusion.base.errors import ExperimentError
from taskfusion.base.nearest import did_you_mean
from taskfusion.config.roi import KpiWorth, Range, Roi, Upkeep
from taskfusion.pilot.roi.draw import Array, changes, pert, stream
from taskfusion.pilot.roi.price import plan_of, requests_per_month, serving, training
from taskfusion.run.record.cost import CostRecord
from taskfusion.run.record.pilot_memo import Adjusted, Interval, KpiReading, PilotMemo
from taskfusion.run.record.roi import InputKind, Side, Source


@dataclass(frozen=True, eq=False)
class Input:
    """One of them.

    Attributes:
        kind: what it is.
        side: of the models before or after; None: of both, or neither.
        kpi: that it is of; None: of none.
        spread: low, likely and high.
        source: where it comes from.
        value_S: draws.
    """

    kind: InputKind
    side: Side | None
    kpi: str | None
    spread: Range
    source: Source
    value_S: Array


class Inputs:
    """All of them.

    Args:
        draws: of each.
        seed: of all draws.
    """

    def __init__(self, draws: int, seed: int) -> None:
        self.draws = draws
        self._seed = seed
        self.all: list[Input] = []

    def add(
        self, kind: InputKind, given: Range, source: Source = "declared", *, side: Side | None = None,
        kpi: str | None = None,
    ) -> None:  # fmt: skip
        """Draw a range."""
        self.all.append(
            Input(kind, side, kpi, given, source, pert(stream(self._seed, (kind, side, kpi)), given, self.draws))
        )

    def add_effect(self, kpi: str, effect: Interval) -> None:
        """Draw the effect on a KPI, an adjusted or a plain one."""
        found = Range(low=min(effect.lower, effect.change), likely=effect.change, high=max(effect.upper, effect.change))
        value_S = changes(stream(self._seed, ("effect", None, kpi)), effect, self.draws)
        source: Source = "pilot, adjusted" if isinstance(effect, Adjusted) else "pilot"
        self.all.append(Input("effect", None, kpi, found, source, value_S))

    def value(self, kind: InputKind, side: Side | None = None, kpi: str | None = None) -> Array:
        """Draws of one [S]."""
        return next(one.value_S for one in self.all if (one.kind, one.side, one.kpi) == (kind, side, kpi))

    def has(self, kind: InputKind, side: Side | None = None, kpi: str | None = None) -> bool:
        """Whether there is one."""
        return any((one.kind, one.side, one.kpi) == (kind, side, kpi) for one in self.all)


def draw_inputs(roi: Roi, cost: CostRecord, memo: PilotMemo | None, draws: int, seed: int) -> Inputs:
    """Draw what a change depends on.

    Args:
        roi: the change.
        cost: of its plans.
        memo: of its pilot; None: there was none.
        draws: of each input.
        seed: of all draws.

    Raises:
        ExperimentError: the costs lack a plan, the memo a KPI, or a value has the wrong sign for its KPI.
    """
    found = Inputs(draws, seed)
    if roi.requests_per_month is None:
        found.add("requests", requests_per_month(cost), "from the run")
    else:
        found.add("requests", roi.requests_per_month)
    found.add("hour", roi.hour)
    found.add("incident", roi.incident)
    plans = {"before": plan_of(cost, roi.before), "after": plan_of(cost, roi.after)}
    trainings = {side: training(cost, plan, roi.estimates) for side, plan in plans.items()}
    sides: Sequence[tuple[Side, Upkeep]] = (("before", roi.upkeep_before), ("after", roi.upkeep_after))
    for side, upkeep in sides:
        found.add("serving", *serving(cost, plans[side], roi.estimates), side=side)
        known = trainings[side]
        if known is not None and None not in trainings.values():
            found.add("training", *known, side=side)
        found.add("hours per model", upkeep.hours_per_model, side=side)
        found.add("pipelines", upkeep.pipelines, side=side)
        found.add("hours per pipeline", upkeep.hours_per_pipeline, side=side)
        found.add("incidents", upkeep.incidents, side=side)
    found.add("migration hours", roi.migration.hours)
    found.add("migration money", roi.migration.money)
    found.add("migration months", roi.migration.months)
    if memo is not None and roi.kpis:
        _draw_kpis(found, roi, memo)
    return found


def _draw_kpis(found: Inputs, roi: Roi, memo: PilotMemo) -> None:
    found.add("lasting", roi.lasting)
    for worth in roi.kpis:
        reading = _reading(memo, worth)
        if reading.effect is not None and not memo.is_mismatch:
            found.add("KPI per month", worth.per_month, kpi=worth.kpi)
            found.add("KPI value", worth.value, kpi=worth.kpi)
            found.add_effect(worth.kpi, reading.adjusted or reading.effect)


def _reading(memo: PilotMemo, worth: KpiWorth) -> KpiReading:
    known = {one.name: one for one in memo.kpis}
    if worth.kpi not in known:
        meant = did_you_mean(worth.kpi, known) or f"; there are {', '.join(known)}"
        raise ExperimentError(f"the memo of '{memo.name}' should have the KPI '{worth.kpi}'{meant}")
    reading = known[worth.kpi]
    is_up = reading.direction == "up"
    if (is_up and worth.value.low < 0) or (not is_up and worth.value.high > 0):
        more, side = ("more", "above") if is_up else ("less", "below")
        raise ExperimentError(
            f"{more} of '{worth.kpi}' is better, so one more of it should be worth 0 or {side}, found "
            f"{worth.value.low:g} to {worth.value.high:g}"
        )
    return reading
