"""The applications: that of callers, and that of operators on a port of its own."""

from typing import Final

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from taskfusion.serve.http.admin import Admin
from taskfusion.serve.http.metrics import BatchState, ModelState
from taskfusion.serve.http.openapi import openapi
from taskfusion.serve.http.page import page
from taskfusion.serve.http.protocol import Protocol
from taskfusion.serve.http.rank import PATH, RankApp
from taskfusion.serve.http.service import JSON, Service, defect, refusal
from taskfusion.serve.worker.refusal import RefusedError

_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"


def public_app(service: Service) -> ASGIApp:
    """What callers meet."""
    name, port = service.settings.common.name, service.settings.port

    async def document(request: Request) -> Response:
        return Response(
            orjson.dumps(openapi(name, service.started, has_batch=service.fleet.hybrid is not None)), media_type=JSON
        )

    async def start(request: Request) -> Response:
        return Response(page(name, port, service.started), media_type="text/html")

    routes = [
        Route(PATH, lambda request: defect(), methods=["POST"]),  # RankApp has them; other methods are told of it
        *Protocol(service).routes(),
        Route("/openapi.json", service.guarded("openapi", document)),
        Route("/", service.guarded("page", start)),
    ]
    return RankApp(service, Starlette(routes=routes, exception_handlers=_HANDLERS))


def admin_app(service: Service) -> Starlette:
    """What operators meet: metrics, probes, and models that change."""
    probes = Protocol(service)

    async def metrics(request: Request) -> Response:
        service.metrics.add_counts(await service.fleet.counts())
        service.metrics.restarts, service.metrics.swaps = service.fleet.restarts, service.fleet.swaps
        service.metrics.models = {
            tier: ModelState(model.version, model.num_pending, model.breaker.state, model.items_age_seconds)
            for tier, model in service.fleet.deployments.items()
        }
        hybrid = service.fleet.hybrid
        service.metrics.batch = (
            None
            if hybrid is None
            else BatchState(hybrid.scores.table.bundle, hybrid.age_seconds, hybrid.most_age_seconds)
        )
        return Response(service.metrics.page(), headers={"content-type": _METRICS})

    routes = [Route("/metrics", metrics), Route("/live", probes.live), Route("/ready", probes.ready)]
    routes += Admin(service).routes()
    return Starlette(routes=routes, exception_handlers=_HANDLERS)


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    code, message = {
        404: ("not_found", f"there is nothing at {request.url.path[:60]}; / says what there is"),
        405: ("method_not_allowed", f"{request.url.path[:60]} does not take {request.method[:20]}"),
    }.get(status, ("malformed", "the request cannot be read"))
    found = refusal(RefusedError(status, code, message))
    if isinstance(error, HTTPException) and error.headers:
        found.headers.update(error.headers)  # the methods that are taken
    return found


async def _defect(request: Request, error: Exception) -> Response:
    return defect()


_HANDLERS: Final = {HTTPException: _no_route, Exception: _defect}
