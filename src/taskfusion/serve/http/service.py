"""What all routes share: the processes that score, limits, metrics and the log."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from taskfusion.base.errors import TaskfusionError
from taskfusion.serve.http.limits import require_token
from taskfusion.serve.http.log import Log
from taskfusion.serve.http.metrics import Metrics
from taskfusion.serve.http.settings import ServeSettings
from taskfusion.serve.router.dispatch import Answered, Dispatch, with_route
from taskfusion.serve.router.fleet import Fleet
from taskfusion.serve.router.router import Answer
from taskfusion.serve.worker.message import OK
from taskfusion.serve.worker.refusal import RefusedError, unusable
from taskfusion.serve.worker.settings import Started

JSON: Final = "application/json"
Handler = Callable[[Request], Awaitable[Response]]


@dataclass
class Service:
    """What all routes share.

    Attributes:
        settings: of the server.
        dispatch: answers calls.
        metrics: that requests are added to.
        log: where events are written.
        token: that callers have to know; None: nobody is asked.
        is_draining: whether the server is about to end.
    """

    settings: ServeSettings
    dispatch: Dispatch
    metrics: Metrics
    log: Log
    token: bytes | None = None
    is_draining: bool = field(default=False)

    @property
    def fleet(self) -> Fleet:
        """The models."""
        return self.dispatch.fleet

    @property
    def started(self) -> Started:
        """What the primary says of itself."""
        return self.fleet.started

    def guarded(self, route: str, handler: Handler, *, is_protocol: bool = False) -> Handler:
        """A handler with token, metrics, log, and refusals as JSON.

        Args:
            route: what metrics call it.
            handler: that may raise RefusedError.
            is_protocol: whether errors have the form of the Open Inference Protocol.
        """

        async def handle(request: Request) -> Response:
            start = perf_counter()
            try:
                require_token(request, self.token)
                response = await handler(request)
            except TaskfusionError as error:
                self.metrics.add_refused("unusable")
                response = refusal(unusable(str(error)), is_protocol=is_protocol)
            except RefusedError as refused:
                self.metrics.add_refused(refused.code)
                response = refusal(refused, is_protocol=is_protocol)
            except ClientDisconnect:
                response = refusal(RefusedError(400, "disconnected", "the caller went away"), is_protocol=is_protocol)
            seconds = perf_counter() - start
            self.metrics.add_request(route, response.status_code, seconds)
            if self.settings.log_requests:
                self.log.tell("request", route=route, status=response.status_code, ms=round(1000 * seconds, 3))
            return response

        return handle

    def ranked(self, answered: Answered) -> Response:
        """The answer to a ranking request."""
        self._count(answered.answer)
        if answered.sources is not None:
            self.metrics.add_sources(answered.sources.counts)
        reply = answered.answer.reply
        body = with_route(answered) if reply.status == OK else reply.body
        return Response(body, reply.status, {"x-request-id": answered.id}, JSON)

    def inferred(self, answer: Answer) -> Response:
        """The answer to an inference."""
        self._count(answer)
        reply = answer.reply
        headers = {"inference-header-content-length": str(reply.json_length)} if reply.json_length else {}
        return Response(reply.body, reply.status, headers, "application/octet-stream" if reply.json_length else JSON)

    def _count(self, answer: Answer) -> None:
        self.metrics.add_answer(answer.tier, answer.reason, answer.reply.seconds)
        if answer.reply.status != OK:
            self.metrics.add_refused(_REASONS.get(answer.reply.status, "unusable"))


_REASONS: Final = {400: "malformed", 413: "too_large"}


def defect() -> Response:
    """What callers are told of an error that is ours."""
    return refusal(RefusedError(500, "internal", "a defect of taskfusion, of which its log says more"))


def refusal(refused: RefusedError, *, is_protocol: bool = False) -> Response:
    """A refusal as a response."""
    headers = {} if refused.retry_seconds is None else {"retry-after": str(refused.retry_seconds)}
    if refused.status == 408:
        headers["connection"] = "close"  # of a body that comes too slowly there is more to come
    if refused.status == 401:
        headers["www-authenticate"] = "Bearer"
    body = refused.protocol_body() if is_protocol else refused.body()
    return Response(body, refused.status, headers, JSON)
