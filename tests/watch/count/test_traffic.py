"""Requests by hour, with reasons of fallbacks."""

from datetime import timedelta

from taskfusion.watch.count.traffic import KEPT_HOURS, TrafficCounter
from watch.worlds import START

HOUR = int(START.timestamp()) // 3600


def test_requests_add_up_by_hour_and_old_hours_go() -> None:
    traffic = TrafficCounter([])
    traffic.add({(HOUR, "a", "primary", None, None): (3, 30), (HOUR, "a", "primary", None, "deadline"): (2, 20)})
    traffic = TrafficCounter(traffic.hours)
    traffic.add({(HOUR, "a", "primary", None, "deadline"): (1, 10), (HOUR + 1, None, "last", "b", None): (1, 0)})
    first, second = traffic.hours
    assert (first.start, first.requests, first.rows, first.fallback) == (START, 6, 60, {"deadline": 3})
    assert (second.bundle, second.arm) == (None, "b")
    old = list(traffic.settle(START + timedelta(hours=KEPT_HOURS + 1, minutes=1)))
    assert old == [first]
    assert traffic.hours == [second]
