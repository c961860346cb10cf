"""Alarms that are over: from when to when they held, and what they read at their worst."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, get_args

from taskfusion.run.record.alarms import Alarm, AlarmAction, EndedAlarm
from taskfusion.watch.judge import identity

_ACTIONS: Final[tuple[AlarmAction, ...]] = get_args(AlarmAction)
"""Strongest first."""


def worst(holding: Sequence[Alarm], before: Sequence[Alarm]) -> list[Alarm]:
    """Alarms that hold, each as it was when it asked for the most and was farthest beyond its limit.

    Args:
        holding: as they are now.
        before: what this function gave at the last look.
    """
    known = {identity(one): one for one in before}
    found = [(one, max(one, known.get(identity(one), one), key=_weight)) for one in holding]
    return [Alarm(**(dict(most) | {"since": one.since})) for one, most in found]


def ended(before: Sequence[Alarm], holding: Sequence[Alarm], until: datetime) -> list[EndedAlarm]:
    """Alarms that hold no more.

    Args:
        before: what worst gave at the last look.
        holding: now.
        until: what the logs reach to.
    """
    still = {identity(one) for one in holding}
    return [EndedAlarm(**dict(one), until=max(until, one.since)) for one in before if identity(one) not in still]


def _weight(alarm: Alarm) -> tuple[int, float]:
    return -_ACTIONS.index(alarm.action), abs(alarm.value - alarm.limit)
