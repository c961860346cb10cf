"""Routes for operators: which models are in force, and how they are changed while requests come."""

import ipaddress
from pathlib import Path
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from taskfusion.base.errors import TaskfusionError
from taskfusion.config.derive import derive
from taskfusion.config.routes import Canary, Routes
from taskfusion.config.strict_file import parse_strict
from taskfusion.serve.http.limits import read_body
from taskfusion.serve.http.service import JSON, Service
from taskfusion.serve.router.deployment import Deployment
from taskfusion.serve.router.hybrid import Hybrid
from taskfusion.serve.worker.document import read_object
from taskfusion.serve.worker.refusal import RefusedError, unusable

_MOST_BYTES: Final = 100_000
_CONFLICT: Final = 409
"""HTTP status of routes that were read, but cannot be put in force."""


class Admin:
    """Routes that show and change models.

    Args:
        service: what all routes share.
    """

    def __init__(self, service: Service) -> None:
        self._service, self._fleet = service, service.fleet
        state = service.settings.state
        self._folder = Path.cwd() if state is None else state.path.absolute().parent

    def routes(self) -> list[Route]:
        """All of them."""
        guarded = self._service.guarded
        return [
            Route("/v1/routes", guarded("routes", self._show), methods=["GET"]),
            Route("/v1/routes", guarded("routes", self._put), methods=["PUT"]),
            Route("/v1/canary", guarded("canary", self._canary), methods=["PATCH"]),
            Route("/v1/rollback", guarded("rollback", self._rollback), methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        return self._now()

    async def _put(self, request: Request) -> Response:
        content = await self._content(request)
        routes = parse_strict(content, Routes, "the body").seen_from(self._folder)
        if routes.decisions not in (None, self._fleet.routes.decisions):
            raise unusable(
                "the decision log of a running server cannot change; leave decisions out, or change the file and start "
                "the server again"
            )
        return await self._changed(routes)

    async def _canary(self, request: Request) -> Response:
        content = await self._content(request)
        routes = self._fleet.routes
        if routes.canary is None:
            raise unusable("there is no canary whose percent could change; PUT /v1/routes with one")
        if set(content) != {"percent"}:
            raise unusable("the body should have the key percent and no other")
        canary = parse_strict(routes.canary.model_dump() | content, Canary, "the canary")
        return await self._changed(derive(routes, canary=canary))

    async def _rollback(self, request: Request) -> Response:
        self._require_allowed()
        await self._fleet.rollback()
        return self._now()

    async def _content(self, request: Request) -> dict[str, Any]:
        self._require_allowed()
        return read_object(await read_body(request, _MOST_BYTES), "the body")

    async def _changed(self, routes: Routes) -> Response:
        try:
            await self._fleet.apply(routes)
        except TaskfusionError as error:
            raise RefusedError(_CONFLICT, "not_in_force", f"{error}; what was in force still is") from error
        return self._now()

    def _now(self) -> Response:
        hybrid = self._fleet.hybrid
        about = {
            "routes": self._fleet.routes.model_dump(mode="json", exclude_defaults=True, exclude={"decisions"}),
            "previous": self._fleet.previous is not None,
            "swaps": self._fleet.swaps,
            "batch": None if hybrid is None else _about_batch(hybrid),
            "tiers": {name: _about(deployment) for name, deployment in self._fleet.deployments.items()},
        }
        return Response(orjson.dumps(about), media_type=JSON)

    def _require_allowed(self) -> None:
        """Raises RefusedError where anybody on the network could change models."""
        host = self._service.settings.host
        if self._service.token is None and not _is_this_machine(host):
            raise RefusedError(
                403,
                "no_token",
                f"models are changed only with a token where the server listens at {host}; start it with --token-file",
            )


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _about_batch(hybrid: Hybrid) -> dict[str, Any]:
    table = hybrid.scores.table
    return {
        "bundle": table.bundle,
        "age_hours": round(hybrid.age_seconds / 3600, 3),
        "is_stale": hybrid.is_stale,
        "pairs": table.pairs,
    }


def _about(deployment: Deployment) -> dict[str, Any]:
    return {
        "version": deployment.version,
        "breaker": deployment.breaker.state,
        "waiting": deployment.num_pending,
        "call_ms": round(1000 * deployment.admission.seconds, 3),
        "restarts": deployment.restarts,
        "processes": deployment.pids,
    }
