"""Answers calls with the models of a fleet: whom to ask, the last resort, the shadow, and who is told of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, time
from typing import Final

import orjson

from taskfusion.base.bucket import bucket
from taskfusion.serve.router.deployment import Deployment
from taskfusion.serve.router.fleet import SHADOW, Fleet
from taskfusion.serve.router.prior import VERSION, prior_reply
from taskfusion.serve.router.reason import Reason, UnansweredError
from taskfusion.serve.router.router import LAST_RESORT, PRIMARY, Answer, first_answer, refused
from taskfusion.serve.worker.message import OK, Kind, Reply

_MOST_SHADOWS: Final = 4
"""Calls to the shadow that may be in flight; others are left out."""


@dataclass(frozen=True)
class Answered:
    """A request that was answered.

    Attributes:
        id: of the request.
        time: when it came, in seconds since 1970.
        seconds: until the answer.
        answer: to it; its reply has what was scored behind the JSON where that was asked for.
        arm: of the unit; None: there is no canary.
    """

    id: str
    time: float
    seconds: float
    answer: Answer
    arm: str | None


Observer = Callable[[Answered], None]


class Dispatch:
    """Answers calls.

    Args:
        fleet: of models.
        most_candidates: that a request may have.
        observer: is told of every request that was answered, with what was scored; None: nobody is.
    """

    def __init__(self, fleet: Fleet, most_candidates: int, observer: Observer | None = None) -> None:
        self.fleet, self._most, self._observer = fleet, most_candidates, observer
        self._shadows: set[asyncio.Task[None]] = set()

    async def rank(self, body: bytes, seconds: float | None, request_id: str) -> Answered:
        """The answer to a ranking request: predictions, or what is wrong with it.

        Args:
            body: as it came.
            seconds: that the caller waits; None: as long as the models have.
            request_id: that the answer and the log name.

        Raises:
            RefusedError: nobody answered.
        """
        came, start = time(), perf_counter()
        routes = self.fleet.routes
        unit = None if routes.canary is None or routes.unit is None else unit_of(body, routes.unit)
        steps, arm = self.fleet.steps(unit)
        with_scored = self._observer is not None
        try:
            answer = await first_answer(steps, Kind.RANK, body, 0, seconds, with_scored=with_scored)
        except UnansweredError as error:
            answer = self._last_resort(body, error)
        answered = Answered(request_id, came, perf_counter() - start, answer, arm)
        if answer.reply.status == OK:
            if answer.tier == PRIMARY:
                self.fleet.recent.add(body)
            if self._observer is not None:
                self._observer(answered)
            self._shadow(body, answered)
        return answered

    async def infer(self, body: bytes, json_length: int, seconds: float | None) -> Answer:
        """The answer to an inference; units and priors are not known there.

        Raises:
            RefusedError: nobody answered.
        """
        steps, _ = self.fleet.steps(None)
        whole = [step for step in steps if len(step.deployment.pools) == 1]
        try:
            return await first_answer(whole, Kind.INFER, body, json_length, seconds, with_scored=False)
        except UnansweredError as error:
            raise refused(error) from None

    def _last_resort(self, body: bytes, error: UnansweredError) -> Answer:
        """Priors, where a failure and no overload is why nobody answered."""
        routes, primary = self.fleet.routes, self.fleet.deployments[PRIMARY]
        if not routes.last_resort or error.reason is Reason.OVERLOADED or not primary.priors:
            raise refused(error) from None
        reply = prior_reply(body, primary.priors, primary.weights, self._most, routes.unit)
        return Answer(reply, LAST_RESORT, VERSION, error.reason, tuple(primary.priors))

    def _shadow(self, body: bytes, answered: Answered) -> None:
        shadow, deployment = self.fleet.routes.shadow, self.fleet.deployments.get(SHADOW)
        if shadow is None or deployment is None or len(self._shadows) >= _MOST_SHADOWS:
            return
        if bucket(answered.id, SHADOW) < shadow.percent / 100:
            task = asyncio.get_running_loop().create_task(
                self._ask_shadow(deployment, shadow.deadline_seconds, body, answered)
            )
            self._shadows.add(task)
            task.add_done_callback(self._shadows.discard)

    async def _ask_shadow(self, deployment: Deployment, seconds: float, body: bytes, answered: Answered) -> None:
        start = perf_counter()
        reason: Reason | None = None
        try:
            reply = await deployment.call(Kind.RANK, body, 0, seconds, with_scored=self._observer is not None)
        except UnansweredError as error:
            reply, reason = Reply(0, 503, 0, 0.0, b""), error.reason
        if self._observer is not None:
            answer = Answer(reply, SHADOW, deployment.version, reason, deployment.prediction_names)
            self._observer(Answered(answered.id, answered.time, perf_counter() - start, answer, answered.arm))


def unit_of(body: bytes, column: str) -> object:
    """Whose request it is; None where it does not say, or is no request, of which its answer tells."""
    try:
        return orjson.loads(body)["request"].get(column)
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        return None


def with_route(answered: Answered) -> bytes:
    """JSON of the answer to a ranking request, with who gave it."""
    answer, reply = answered.answer, answered.answer.reply
    about = {"id": answered.id, "tier": answer.tier, "reason": answer.reason, "arm": answered.arm}
    return orjson.dumps(about)[:-1] + b"," + reply.body[1 : reply.json_length or None]
