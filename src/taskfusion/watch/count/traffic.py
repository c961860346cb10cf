"""Requests by hour, model, tier and arm, and why an earlier tier did not answer."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from taskfusion.run.record.watch import TrafficReading
from taskfusion.watch.moments import moment

_HOUR: Final = 60
KEPT_HOURS: Final = 48
"""That are remembered; older ones are history."""


class TrafficCounter:
    """Counts by hour.

    Args:
        kept: hours that were counted before.
    """

    def __init__(self, kept: Iterable[TrafficReading]) -> None:
        self._hours = {(one.start, one.bundle, one.tier, one.arm): one for one in kept}

    def add(self, counts: Mapping[tuple[int, str | None, str, str | None, str | None], tuple[int, int]]) -> None:
        """Take requests and candidates by hour since 1970, model, tier, arm and reason."""
        for (hour, bundle, tier, arm, reason), (requests, rows) in counts.items():
            start = moment(_HOUR * hour)
            before = self._hours.get((start, bundle, tier, arm))
            fallback = dict(before.fallback) if before else {}
            if reason is not None:
                fallback[reason] = fallback.get(reason, 0) + requests
            self._hours[start, bundle, tier, arm] = TrafficReading(
                bundle=bundle,
                tier=tier,
                arm=arm,
                start=start,
                end=start + timedelta(minutes=_HOUR),
                requests=requests + (before.requests if before else 0),
                rows=rows + (before.rows if before else 0),
                fallback=fallback,
            )

    def settle(self, now: datetime) -> Iterator[TrafficReading]:
        """Forget hours that are old, and give them."""
        for key, one in sorted(self._hours.items(), key=lambda item: item[0][0]):
            if one.end < now - timedelta(hours=KEPT_HOURS):
                del self._hours[key]
                yield one

    @property
    def hours(self) -> list[TrafficReading]:
        """Those that are remembered, oldest first."""
        return sorted(self._hours.values(), key=lambda one: one.start)
