"""POST /v1/rank, before all other routes: the layers of a framework around it would cost more than it does itself."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from taskfusion.serve.http.limits import deadline_seconds, read_body, request_id
from taskfusion.serve.http.service import Service, defect

PATH: Final = "/v1/rank"


class RankApp:
    """Answers ranking requests, and leaves all others to another application.

    Args:
        service: what all routes share.
        others: the application of the other requests.
    """

    def __init__(self, service: Service, others: ASGIApp) -> None:
        self._service, self._others = service, others
        self._handle = service.guarded("rank", self._rank)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._others(scope, receive, send)
            return
        try:
            response = await self._handle(Request(scope, receive, send))
        except Exception:
            await defect()(scope, receive, send)
            raise
        await response(scope, receive, send)

    async def _rank(self, request: Request) -> Response:
        seconds, number = deadline_seconds(request), request_id(request)
        body = await read_body(request, self._service.settings.most_bytes)
        return self._service.ranked(await self._service.dispatch.rank(body, seconds, number))
