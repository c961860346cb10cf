"""The time between two looks of a ramp, which ends at once where alarms want the candidate gone."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from taskfusion.config.ramp import Ramp
from taskfusion.pilot.ramp.judge import judge_alarms

ALARM_SECONDS: Final = 0.5
"""Between two looks at alarms alone."""


def _now() -> datetime:
    return datetime.now(UTC)


def pause(
    ramp: Ramp, bundle: str | None, clock: Callable[[], datetime] = _now, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait for the next look of a ramp.

    Args:
        ramp: its settings.
        bundle: fingerprint of the candidate; None: not known yet.
        clock: this moment.
        sleep: waits so many seconds.
    """
    left = ramp.check_seconds
    if ramp.alarms is None:
        sleep(left)
        return
    while left > 0:
        nap = min(left, ALARM_SECONDS)
        sleep(nap)
        left -= nap
        if left > 0 and judge_alarms(Path(ramp.alarms), bundle, clock()).outcome == "failure":
            return
