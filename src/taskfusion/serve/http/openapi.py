"""OpenAPI of the server, made once from what the bundle reads and predicts."""

from typing import Any

from taskfusion import __version__
from taskfusion.serve.worker.settings import ServedFeature, Started


def openapi(name: str, started: Started, *, has_batch: bool = False) -> dict[str, Any]:
    """The document.

    Args:
        name: of the model.
        started: what is served.
        has_batch: whether predictions that were made beforehand are served too.
    """
    rank = {
        "summary": "Score candidates of one request and order them",
        "requestBody": _body(_rank_request(started)),
        "responses": {
            "200": _answer("Predictions, best candidate first.", _rank_answer(started, has_batch=has_batch)),
            **dict.fromkeys(_REASONS, _answer("The reason, in words.", _object({"error": _ERROR}))),
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "taskfusion", "version": __version__, "description": f"Bundle {started.bundle}."},
        "paths": {
            "/v1/rank": {"post": rank},
            "/v2/health/live": {"get": _probe("Whether the server answers", "live")},
            "/v2/health/ready": {"get": _probe("Whether a row goes the whole way through the model", "ready")},
            "/v2": {"get": _told("What serves", {"name": _TEXT, "version": _TEXT, "extensions": _LIST})},
            **_model(f"/v2/models/{name}"),
            **_model(f"/v2/models/{name}/versions/{started.bundle}"),
        },
    }


_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_LIST = {"type": "array"}
_64_BITS = {"format": "int64"}
_ERROR = {"type": "object", "properties": {"code": _TEXT, "message": _TEXT}, "required": ["code", "message"]}
_REASONS = ("400", "401", "408", "413", "422", "429", "500", "503")
_COUNTS = {"type": "object", "additionalProperties": _WHOLE}


def example(started: Started) -> dict[str, Any]:
    """A request that can be sent: every value is null, which stands for one that is not known."""
    of = {side: [f.column for f in started.features if f.side == side] for side in ("request", "item", "candidate")}
    return {"request": dict.fromkeys(of["request"]), "candidates": [dict.fromkeys([*of["item"], *of["candidate"]])]}


def _rank_request(started: Started) -> dict[str, Any]:
    of = {
        side: {f.column: _value(f) for f in started.features if f.side == side}
        for side in ("request", "item", "candidate")
    }
    candidate: dict[str, Any] = _object({**of["item"], **of["candidate"]})
    if started.items is not None:
        one = {
            "type": ["integer", "string"],
            **_64_BITS,
            "description": f"A value of {started.item_id} in the catalogue.",
        }
        named = one if not of["candidate"] else _object({"id": one, **of["candidate"]})
        candidate = {"anyOf": [named, candidate]}
    found = _object({"request": _object(of["request"]), "candidates": {"type": "array", "items": candidate}})
    found["properties"]["top"] = {
        "type": ["integer", "null"],
        "minimum": 1,
        "description": "Answer only so many.",
    }
    return found | {"additionalProperties": False, "examples": [example(started)]}


def _rank_answer(started: Started, *, has_batch: bool) -> dict[str, Any]:
    numbers = {"type": "array", "items": {"type": "number"}}
    columns = [column for task in started.tasks for column in task.columns]
    counts = {"candidates": _WHOLE, "scored": _WHOLE, "missing": _COUNTS, "unseen": _COUNTS}
    found = _object(
        {
            "id": {"type": "string", "description": "Of the request: its header X-Request-Id, or a new one."},
            "tier": {"type": "string", "description": "Who answered: primary, canary, fallback, batch or last_resort."},
            "reason": {"type": ["string", "null"], "description": "Why one before did not; null: none was asked."},
            "arm": {"type": ["string", "null"], "description": "Of the unit; null: there is no canary."},
            "bundle": {"type": "string", "description": "Fingerprint of what scored."},
            "order": {"type": "array", "items": _WHOLE, "description": "Places of candidates, best first."},
            "score": numbers | {"description": "What they are ordered by, in that order."},
            "predictions": _object(dict.fromkeys(columns, numbers)) | {"description": "By name, in that order."},
            "counts": _object(counts),
        }
    )
    found["properties"]["unknown"] = {"type": "array", "description": "Ids that the catalogue lacks."}
    if not has_batch:
        return found
    of_task = {"type": "object", "additionalProperties": _COUNTS}
    found["properties"]["sources"] = of_task | {"description": "Candidates by task and source: batch, online, prior."}
    batch = _object({"bundle": _TEXT, "age_hours": {"type": "number"}, "is_stale": {"type": "boolean"}})
    found["properties"]["batch"] = batch | {"description": "Which batch of scores is in force."}
    return found


def _value(feature: ServedFeature) -> dict[str, Any]:
    kinds = [feature.type]
    if feature.type == "number":
        kinds = ["integer"] if feature.is_whole else ["number", "boolean"]  # as in training, where true is 1
    one: dict[str, Any] = {"type": [*kinds, "null"]}
    if "integer" in kinds:
        one |= _64_BITS
    if feature.is_time:
        one |= {"format": "date-time"}
    return {"type": ["array", "null"], "items": one} if feature.is_list else one


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _probe(summary: str, key: str) -> dict[str, Any]:
    found = _object({key: {"type": "boolean"}})
    return {"summary": summary, "responses": {"200": _answer("Yes.", found), "503": _answer("Not now.", found)}}


def _told(summary: str, properties: dict[str, Any]) -> dict[str, Any]:
    refused = _answer("The header Authorization has no token.", _object({"error": _TEXT}))
    return {"summary": summary, "responses": {"200": _answer("As it is.", _object(properties)), "401": refused}}


def _model(path: str) -> dict[str, Any]:
    """What the protocol has for a model, or for a version of one."""
    about = {"name": _TEXT, "versions": _LIST, "platform": _TEXT, "inputs": _LIST, "outputs": _LIST}
    return {
        path: {"get": _told("Inputs and outputs of the model", about)},
        f"{path}/ready": {"get": _probe("As /v2/health/ready", "ready")},
        f"{path}/infer": {"post": _infer()},
    }


def _infer() -> dict[str, Any]:
    whole = {"type": "integer", "minimum": 0}
    tensor = _object({"name": _TEXT, "shape": {"type": "array", "items": whole}, "datatype": _TEXT})
    inputs = {"type": "array", "items": tensor, "minItems": 1, "description": "One per column, of as many rows each."}
    answer = {"model_name": _TEXT, "model_version": _TEXT, "outputs": {"type": "array", "items": tensor}}
    return {
        "summary": "Predictions of rows, Open Inference Protocol V2",
        "requestBody": _body(_object({"inputs": inputs})),
        "responses": {
            "200": _answer("Predictions.", _object(answer)),
            **dict.fromkeys(_REASONS, _answer("The reason, in words.", _object({"error": _TEXT}))),
        },
    }
