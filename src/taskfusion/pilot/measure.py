"""All effects on one metric that a pilot asks for, from sums that grow from day to day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from taskfusion.config.charter import Metric
from taskfusion.pilot.effect import Effect, effect
from taskfusion.pilot.roster import Roster
from taskfusion.pilot.segment import Segments
from taskfusion.pilot.tally import Array, Running, Tally, Where, arms_of


@dataclass(frozen=True)
class Days:
    """What is asked for; days are counted from the first of the pilot.

    Attributes:
        read: on which effects are read.
        now: that segments are read on; one of read.
        half: end of the first half of the days.
        whole: end of the second half.
        delay: days until values are known; a day's values count where that many lie before the reading.
    """

    read: frozenset[int]
    now: int
    half: int
    whole: int
    delay: int


@dataclass(frozen=True, eq=False)
class Measured:
    """Effects on a metric.

    Attributes:
        by_day: as they are on each day that is asked for.
        early: of the first half of the days.
        late: of the second half alone.
        segments: now, per column one per group.
    """

    by_day: dict[int, Effect | None] = field(default_factory=dict)
    early: Effect | None = None
    late: Effect | None = None
    segments: Mapping[str, Sequence[Effect | None]] = field(default_factory=dict)


def measure(tally: Tally, roster: Roster, metric: Metric, days: Days, segments: Sequence[Segments]) -> Measured:
    """Measure a metric.

    Args:
        tally: rows of the units.
        roster: the units.
        metric: how the KPI is counted.
        days: that effects are asked for.
        segments: of the units that are seen now.
    """
    running = tally.running(metric)
    found: dict[int, Effect | None] = {}
    in_segments: Mapping[str, Sequence[Effect | None]] = {}
    kept: list[Array] = []
    late: Effect | None = None
    wanted = {day: max(0, day - days.delay) for day in (*days.read, days.half, days.whole)}
    for stop in sorted({*wanted.values(), days.half}):
        running.go_on(stop)
        for day in (day for day, mature in wanted.items() if mature == stop):
            found[day] = _effect(running, metric, running.columns, roster.seen(day))
            if day == days.now:
                in_segments = {
                    one.column: [_effect(running, metric, running.columns, group.arms) for group in one.groups]
                    for one in segments
                }
        if stop == wanted[days.whole] and kept:
            late = _effect(running, metric, running.since(kept), _late(tally, roster, days))
        if stop == days.half:
            kept = running.kept()
    early = found[days.half]
    return Measured({day: found[day] for day in days.read}, early, late, in_segments)


def _late(tally: Tally, roster: Roster, days: Days) -> tuple[Where, Where]:
    """Units of the second half: those with a row in it; with a decision log all that were exposed."""
    arms = roster.seen(days.whole)
    return arms if roster.is_exposed else tally.places(arms, days.half, days.whole)


def _effect(running: Running, metric: Metric, columns: Sequence[Array], arms: tuple[Where, Where]) -> Effect | None:
    control, treatment = arms_of(running.names, columns, arms)
    return effect(control, treatment, metric, has_history=len(running.names) > 1 + (metric.per == "row"))
