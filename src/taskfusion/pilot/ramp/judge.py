"""What one look at a stage finds: by the server, by alarms, and by outcomes, of which the worst counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact
from taskfusion.pilot.ramp.server import Shown
from taskfusion.run.record.alarms import Alarm, AlarmRecord
from taskfusion.run.record.ramp import Outcome, Reason

LATE_SECONDS: Final = 60.0
"""Of alarms that were written so long ago: whoever writes them is not there."""

WORST_FIRST: Final[tuple[Outcome, ...]] = ("failure", "missing", "inconclusive", "running", "success")


@dataclass(frozen=True)
class Reading:
    """What a look found.

    Attributes:
        outcome: of it.
        reasons: for it.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]


def together(readings: Sequence[Reading]) -> Reading:
    """The worst of several readings, with its reasons; of none a success."""
    for outcome in WORST_FIRST:
        found = [one for one in readings if one.outcome == outcome]
        if found:
            return Reading(outcome, tuple(reason for one in found for reason in one.reasons))
    return Reading("success", (Reason(kind="nothing wrong"),))


def judge_server(shown: Shown, tier: str, bundle: str | None) -> Reading:
    """What the server says of the candidate.

    Args:
        shown: what it says.
        tier: in which the candidate is; where it is in none yet, nothing is wrong.
        bundle: fingerprint that it had at first; None: it was not there yet.
    """
    version = shown.versions.get(tier)
    if version is not None and bundle is not None and version != bundle:
        return Reading("failure", (Reason(kind="other model", subject=version, detail=bundle),))
    if shown.breakers.get(tier) == "open":
        return Reading("inconclusive", (Reason(kind="breaker open", subject=tier),))
    return together([])


def judge_alarms(path: Path, bundle: str | None, now: datetime) -> Reading:
    """What alarms say of the candidate: those of its model, and those of no model alone.

    Args:
        path: of alarms.json.
        bundle: fingerprint of the candidate; None: not known yet.
        now: the moment.
    """
    try:
        record = read_artifact(path, AlarmRecord)
    except (RunError, OSError) as error:
        return Reading("missing", (Reason(kind="alarms missing", subject=str(path), detail=str(error)),))
    age = abs((now - record.written).total_seconds())
    if age > LATE_SECONDS:
        late = Reason(kind="alarms late", subject=str(path), value=round(age, 1), limit=LATE_SECONDS)
        return Reading("missing", (late,))
    mine = [one for one in record.alarms if one.bundle in (None, bundle)]
    actions: tuple[tuple[str, Outcome], ...] = (("roll back", "failure"), ("hold", "inconclusive"))
    for action, outcome in actions:
        found = tuple(_reason(one) for one in mine if one.action == action)
        if found:
            return Reading(outcome, found)
    return together([])


def _reason(alarm: Alarm) -> Reason:
    about = [alarm.task, alarm.kpi, alarm.feature, alarm.segment]
    subject = " ".join([alarm.name, *(f"'{one}'" for one in about if one is not None)])
    return Reason(kind="alarm", subject=subject, value=alarm.value, limit=alarm.limit, detail=alarm.remedy)
