"""Whether a model that was loaded is fit: it scores a row, and the requests of late as fast as what answers now."""

from collections.abc import Sequence
from math import ceil
from statistics import median
from typing import Final

from taskfusion.base.errors import RunError
from taskfusion.serve.router.deployment import Deployment
from taskfusion.serve.router.reason import UnansweredError
from taskfusion.serve.router.recent import Recent
from taskfusion.serve.worker.message import Kind, Reply
from taskfusion.serve.worker.refusal import RefusedError

MOST_TIMES: Final = 2.0
"""A model that takes so many times as long as the one in its place is not fit."""

SLACK_SECONDS: Final = 0.001
"""Differences below are noise."""

_PATIENCE_SECONDS: Final = 5.0
_WARM: Final = 8
_LEAST_TIMED: Final = 16


async def verify(deployment: Deployment, current: Deployment | None, recent: Recent) -> None:
    """Try a model.

    Args:
        deployment: the model.
        current: the one that answers now; None: there is none.
        recent: requests of late, which the current one answered.

    Raises:
        RunError: it is not fit; the message says why.
    """
    try:
        await deployment.probe()
    except RefusedError as error:
        raise RunError(f"it cannot score a row: {error.message}") from error
    if current is None:
        return
    bodies = list(recent)
    if not bodies:
        return
    await _replies(deployment, bodies[:_WARM])
    rounds = [(await _replies(deployment, bodies), await _replies(current, bodies)) for _ in range(_rounds(bodies))]
    mine, theirs = ([reply for side in sides for reply in side] for sides in zip(*rounds, strict=True))
    wrong = next((reply for reply in mine if reply.status != 200), None)
    if wrong is not None:
        raise RunError(
            f"a request of late that is answered now would be refused: {wrong.body[:300].decode(errors='replace')}"
        )
    took, takes = (median(reply.seconds for reply in side) for side in (mine, theirs))
    if took > deployment.deadline_seconds:
        raise RunError(
            f"it takes {1000 * took:.1f} ms for a request of late, but has {1000 * deployment.deadline_seconds:.0f} ms"
        )
    if took > MOST_TIMES * takes + SLACK_SECONDS:
        raise RunError(
            f"it takes {1000 * took:.1f} ms for a request of late, more than {MOST_TIMES:.0f} times as long as what "
            f"answers now, {1000 * takes:.1f} ms"
        )


def _rounds(bodies: Sequence[bytes]) -> int:
    """How often requests are given, so that a few too are timed well."""
    return ceil(_LEAST_TIMED / len(bodies))


async def _replies(deployment: Deployment, bodies: Sequence[bytes]) -> list[Reply]:
    """Replies to requests, one after the other."""
    found = []
    for body in bodies:
        try:
            found.append(await deployment.call(Kind.RANK, body, 0, _PATIENCE_SECONDS))
        except UnansweredError as error:
            found.append(Reply(0, 503, 0, _PATIENCE_SECONDS, str(error).encode()))
    return found
