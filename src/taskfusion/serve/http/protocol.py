"""The Open Inference Protocol V2 (REST): what is served, probes, and inference with its binary extension.

https://github.com/kserve/open-inference-protocol
"""

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from taskfusion import __version__
from taskfusion.serve.http.limits import deadline_seconds, json_length, read_body
from taskfusion.serve.http.service import JSON, Service
from taskfusion.serve.router.router import ANSWERING
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.settings import Started

_TYPES: Final = {"integer": "INT64", "number": "FP64", "string": "BYTES", "boolean": "BOOL"}


class Protocol:
    """Routes of the protocol.

    Args:
        service: what all routes share.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._name = service.settings.common.name

    def routes(self) -> list[Route]:
        """All of them."""
        guarded, model = self._service.guarded, "/v2/models/{name}"
        infer = guarded("infer", self._infer, is_protocol=True)
        metadata = guarded("metadata", self._metadata, is_protocol=True)
        of_a_model = [
            route
            for path in (model, f"{model}/versions/{{version}}")
            for route in (
                Route(f"{path}/infer", infer, methods=["POST"]),
                Route(f"{path}/ready", self._model_ready),
                Route(path, metadata),
            )
        ]
        return [
            Route("/v2/health/live", self.live),
            Route("/v2/health/ready", self.ready),
            Route("/v2", guarded("metadata", self._server, is_protocol=True)),
            *of_a_model,
        ]

    async def live(self, request: Request) -> Response:
        """Whether this process answers, and those that score are there or can be started."""
        if self._service.fleet.is_lost:
            return Response(b'{"live":false,"reason":"no process that scores can begin"}', 503, media_type=JSON)
        return Response(b'{"live":true}', media_type=JSON)

    async def ready(self, request: Request) -> Response:
        """Whether a row goes the whole way through every process of a model that answers."""
        if self._service.is_draining:
            return Response(b'{"ready":false,"reason":"the server is about to end"}', 503, media_type=JSON)
        health = await self._service.fleet.health()
        is_ready = any(tier in ANSWERING and reason is None for tier, reason in health.items())
        about = {"ready": is_ready, "tiers": {tier: reason or "ready" for tier, reason in health.items()}}
        return Response(orjson.dumps(about), 200 if is_ready else 503, media_type=JSON)

    async def _model_ready(self, request: Request) -> Response:
        try:
            self._require_model(request)
        except RefusedError as refused:
            return Response(refused.protocol_body(), refused.status, media_type=JSON)
        return await self.ready(request)

    async def _server(self, request: Request) -> Response:
        about = {"name": "taskfusion", "version": __version__, "extensions": ["binary_tensor_data"]}
        return Response(orjson.dumps(about), media_type=JSON)

    async def _metadata(self, request: Request) -> Response:
        self._require_model(request)
        return Response(orjson.dumps(metadata(self._name, self._service.started)), media_type=JSON)

    async def _infer(self, request: Request) -> Response:
        self._require_model(request)
        length = json_length(request)
        body = await read_body(request, self._service.settings.most_bytes)
        return self._service.inferred(await self._service.dispatch.infer(body, length, deadline_seconds(request)))

    def _require_model(self, request: Request) -> None:
        name = request.path_params["name"]
        if name != self._name:
            raise RefusedError(404, "no_such_model", f"there is no model '{name[:60]}' here, but '{self._name}'")
        version, served = request.path_params.get("version"), self._service.started.bundle
        if version is not None and version != served:
            message = f"there is no version '{version[:60]}' of '{self._name}' here, but '{served}'"
            raise RefusedError(404, "no_such_version", message)


def metadata(name: str, started: Started) -> dict[str, Any]:
    """What the protocol says of a model: columns of raw values in, predictions per task out."""
    inputs = {
        feature.column: {
            "name": feature.column,
            "datatype": _TYPES[feature.type],
            "shape": [-1, -1] if feature.is_list else [-1],
        }
        for feature in started.features
    }
    outputs = [{"name": task.name, "datatype": "FP32", "shape": [-1, len(task.columns)]} for task in started.tasks]
    return {
        "name": name,
        "versions": [started.bundle],
        "platform": "taskfusion_onnx",
        "inputs": list(inputs.values()),
        "outputs": outputs,
    }
