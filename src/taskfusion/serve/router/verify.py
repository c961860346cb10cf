"""Whether a model that was loaded is fit: it scores a row, and the requests of late as fast as what answers now."""

from math import ceil
from statistics import median
from typing import Final

from taskfusion.base.errors import RunError
from taskfusion.serve.router.deployment import Deployment
from taskfusion.serve.router.reason import Reason, UnansweredError
from taskfusion.serve.router.recent import Recent
from taskfusion.serve.worker.message import OK, Kind, Reply
from taskfusion.serve.worker.refusal import LATE, RefusedError

MOST_TIMES: Final = 2.0
"""A model that takes so many times as long as the one in its place is not fit."""

SLACK_SECONDS: Final = 0.001
"""Differences below are noise."""

_WARM: Final = 8
_SLOW: Final = 504
"""Status of a reply that took as long as it may."""

_TOO_SLOW: Final = {Reason.DEADLINE, Reason.OPEN, Reason.OVERLOADED}
_LEAST_TIMED: Final = 16


async def verify(deployment: Deployment, current: Deployment | None, recent: Recent, deadline_seconds: float) -> None:
    """Try a model.

    Args:
        deployment: the model.
        current: the one that answers now; None: there is none.
        recent: requests of late, which the current one answered.
        deadline_seconds: that the model will have to answer in.

    Raises:
        RunError: it is not fit; the message says why.
    """
    try:
        await deployment.probe()
    except RefusedError as error:
        raise RunError(f"it cannot score a row: {error.message}") from error
    if current is None:
        return
    if deployment.is_stale:
        raise RunError("its items are older than items_most_age_hours; make them again with taskfusion catalogue")
    bodies = list(recent)
    mine, theirs = list[float](), list[float]()
    for number, body in enumerate(bodies * _rounds(len(bodies))):
        reply = await _reply(deployment, body)
        if reply.status not in (OK, _SLOW):
            shown = reply.body[:300].decode(errors="replace")
            raise RunError(f"a request of late that is answered now would be refused: {shown}")
        if number >= _WARM:
            mine.append(reply.seconds)
            theirs.append((await _reply(current, body)).seconds)
    if not mine:
        return
    took, takes = (median(side) for side in (mine, theirs))
    if took >= deadline_seconds:
        raise RunError(f"it takes {1000 * took:.1f} ms for a request of late, but has {1000 * deadline_seconds:.0f} ms")
    if took > MOST_TIMES * takes + SLACK_SECONDS:
        raise RunError(
            f"it takes {1000 * took:.1f} ms for a request of late, more than {MOST_TIMES:.0f} times as long as what "
            f"answers now, {1000 * takes:.1f} ms"
        )


def _rounds(count: int) -> int:
    """How often so many requests are given, so that a few too are timed well."""
    return ceil((_WARM + _LEAST_TIMED) / max(count, 1))


async def _reply(deployment: Deployment, body: bytes) -> Reply:
    """The reply to a request; of a model that does not answer, one that took as long as it may. A single one may be
    late for the machine's sake, such as the first ones while others are loaded.
    """
    try:
        return await deployment.call(Kind.RANK, body, 0, deployment.longest_seconds)
    except UnansweredError as error:
        status = _SLOW if error.reason in _TOO_SLOW else LATE
        return Reply(0, status, 0, deployment.longest_seconds, str(error).encode())
