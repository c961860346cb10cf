"""Asks the models in turn until one answers, each in a share of the time that the caller has."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from taskfusion.serve.router.deployment import Deployment
from taskfusion.serve.router.reason import Reason, UnansweredError
from taskfusion.serve.worker.message import Kind, Reply
from taskfusion.serve.worker.refusal import LATE, RefusedError

BUSY: Final = 429
"""HTTP status of a call for which there is no room."""

PRIMARY: Final = "primary"
FALLBACK: Final = "fallback"
CANARY: Final = "canary"
BATCH: Final = "batch"
LAST_RESORT: Final = "last_resort"
ANSWERING: Final = (PRIMARY, FALLBACK)
"""Tiers of models that answer every unit."""


@dataclass(frozen=True)
class Step:
    """A model that may answer.

    Attributes:
        tier: its name.
        deployment: the model.
        deadline_seconds: that it has to answer in there.
    """

    tier: str
    deployment: Deployment
    deadline_seconds: float


@dataclass(frozen=True)
class Answer:
    """Who answered.

    Attributes:
        reply: what was answered.
        tier: name of who answered.
        version: fingerprint of what answered.
        reason: why one before did not; None: the first one answered.
        names: of the predictions, in the order of Scored.
    """

    reply: Reply
    tier: str
    version: str
    reason: Reason | None
    names: tuple[str, ...]


async def first_answer(
    steps: Sequence[Step], kind: Kind, body: bytes, json_length: int, seconds: float | None, *, with_scored: bool
) -> Answer:
    """The first answer that comes. No model of these is ended before, though it be replaced meanwhile.

    Args:
        steps: whom to ask, in turn.
        kind: what is asked for.
        body: as it came.
        json_length: bytes of the body before its binary part; 0: all of it is JSON.
        seconds: that the caller waits; None: as long as all steps have.
        with_scored: whether Scored follows the JSON of the answer.

    Raises:
        UnansweredError: nobody did; with the reason of the first.
    """
    with ExitStack() as held:
        for step in steps:
            held.enter_context(step.deployment.held())
        return await _asked(steps, kind, body, json_length, seconds, with_scored)


async def _asked(
    steps: Sequence[Step], kind: Kind, body: bytes, json_length: int, seconds: float | None, with_scored: bool
) -> Answer:
    deadlines = [step.deadline_seconds for step in steps]
    clock = asyncio.get_running_loop().time
    end = clock() + (sum(deadlines) if seconds is None else min(seconds, sum(deadlines)))
    failed: UnansweredError | None = None
    for place, step in enumerate(steps):
        left = end - clock()
        share = min(deadlines[place], left * deadlines[place] / sum(deadlines[place:]))
        try:
            if share <= 0:
                raise UnansweredError(Reason.DEADLINE)
            reply = await step.deployment.call(kind, body, json_length, share, with_scored=with_scored)
        except UnansweredError as error:
            failed = failed or error
            continue
        reason, asked = None if failed is None else failed.reason, step.deployment
        return Answer(reply, step.tier, asked.version, reason, asked.prediction_names)
    raise failed or UnansweredError(Reason.LOST)


def refused(error: UnansweredError) -> RefusedError:
    """What the caller is told where nobody answered."""
    status = BUSY if error.reason is Reason.OVERLOADED else LATE
    return RefusedError(status, error.reason, f"nobody could answer: {error}; ask again", error.retry_seconds)
