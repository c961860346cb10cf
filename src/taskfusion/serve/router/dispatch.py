"""Answers calls with the models of a fleet: whom to ask, the last resort, the shadow, and who is told of it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter, time
from typing import Any, Final

import orjson

from taskfusion.base.bucket import bucket
from taskfusion.config.routes import Routes
from taskfusion.serve.router.deployment import Deployment
from taskfusion.serve.router.fleet import SHADOW, Fleet
from taskfusion.serve.router.hybrid import Asked, Hybrid, Sources
from taskfusion.serve.router.merge import without_top
from taskfusion.serve.router.prior import VERSION, prior_reply
from taskfusion.serve.router.reason import Reason, UnansweredError
from taskfusion.serve.router.router import BATCH, LAST_RESORT, PRIMARY, Answer, Step, first_answer, refused
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
        sources: where predictions come from; None: all from who answered, as nothing was made beforehand.
    """

    id: str
    time: float
    seconds: float
    answer: Answer
    arm: str | None
    sources: Sources | None = None


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
        hybrid = self.fleet.hybrid
        request = {} if routes.unit is None or (routes.canary is None and hybrid is None) else request_of(body)
        unit = None if routes.unit is None else request.get(routes.unit)
        steps, arm = self.fleet.steps(unit)
        asked = None if hybrid is None else hybrid.asked(body, request, unit)
        given = body if asked is None else asked.body
        with_scored = self._observer is not None or hybrid is not None
        sources: Sources | None = None
        try:
            answer = await first_answer(steps, Kind.RANK, given, 0, seconds, with_scored=with_scored)
            if hybrid is not None and asked is not None and answer.reply.status == OK:
                answer, sources = _mixed(answer, steps, hybrid, asked)
        except UnansweredError as error:
            primary = next(step.deployment for step in steps if step.tier == PRIMARY)
            answer, sources = self._unanswered(body, error, routes, primary, hybrid)
        answered = Answered(request_id, came, perf_counter() - start, answer, arm, sources)
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

    def _unanswered(
        self, body: bytes, error: UnansweredError, routes: Routes, primary: Deployment, hybrid: Hybrid | None
    ) -> tuple[Answer, Sources | None]:
        """Predictions made beforehand, and priors where a failure and no overload is why nobody answered."""
        has_priors = routes.last_resort and error.reason is not Reason.OVERLOADED and bool(primary.priors)
        sources: Sources | None = None
        if hybrid is not None:
            whole, top = without_top(body)
            priors = primary.priors if has_priors else dict.fromkeys(primary.prediction_names, float("nan"))
            base = prior_reply(whole, priors, primary.weights, self._most, routes.unit, hybrid.settings.item)
            found, sources = hybrid.alone(base, list(priors), primary.weights, top)
            if found is not None:
                return Answer(found, BATCH, hybrid.scores.table.bundle, error.reason, tuple(priors)), sources
        if not has_priors:
            raise refused(error) from None
        reply = prior_reply(body, primary.priors, primary.weights, self._most, routes.unit)
        return Answer(reply, LAST_RESORT, VERSION, error.reason, tuple(primary.priors)), sources

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


def request_of(body: bytes) -> Mapping[str, Any]:
    """The raw values of a request; none where it is no request, of which its answer tells."""
    try:
        found = orjson.loads(body)["request"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _mixed(answer: Answer, steps: Sequence[Step], hybrid: Hybrid, asked: Asked) -> tuple[Answer, Sources]:
    """A model's answer with predictions made beforehand."""
    model = next(step.deployment for step in steps if step.tier == answer.tier)
    reply, sources = hybrid.mixed(answer.reply, model.prediction_names, model.weights, asked)
    return replace(answer, reply=reply), sources


def with_route(answered: Answered) -> bytes:
    """JSON of the answer to a ranking request, with who gave it."""
    answer, reply = answered.answer, answered.answer.reply
    about: dict[str, Any] = {"id": answered.id, "tier": answer.tier, "reason": answer.reason, "arm": answered.arm}
    about |= {} if answered.sources is None else answered.sources.document()
    return orjson.dumps(about)[:-1] + b"," + reply.body[1 : reply.json_length or None]
