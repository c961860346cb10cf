"""OpenAPI of the server, made once from what the bundle reads and predicts."""

from typing import Any

from taskfusion import __version__
from taskfusion.serve.worker.settings import ServedFeature, Started


def openapi(name: str, started: Started) -> dict[str, Any]:
    """The document.

    Args:
        name: of the model.
        started: what is served.
    """
    error = _answer("The reason, in words.", _object({"error": _object({"code": _TEXT, "message": _TEXT})}))
    reasons = {"400": "", "401": "", "408": "", "413": "", "422": "", "429": "", "500": "", "503": ""}
    rank = {
        "summary": "Score candidates of one request and order them",
        "requestBody": _body(_rank_request(started)),
        "responses": {
            "200": _answer("Predictions, best candidate first.", _rank_answer(started)),
            **dict.fromkeys(reasons, error),
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "taskfusion", "version": __version__, "description": f"Bundle {started.bundle}."},
        "paths": {
            "/v1/rank": {"post": rank},
            "/v2/health/live": {"get": _probe("Whether the server answers")},
            "/v2/health/ready": {"get": _probe("Whether a row goes the whole way through the model")},
            "/v2": {"get": _probe("What serves")},
            f"/v2/models/{name}": {"get": _probe("Inputs and outputs of the model")},
            f"/v2/models/{name}/ready": {"get": _probe("As /v2/health/ready")},
            f"/v2/models/{name}/infer": {"post": _infer()},
        },
    }


_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
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
        one = {"type": ["integer", "string"], "description": f"A value of {started.item_id} in the catalogue."}
        named = one if not of["candidate"] else _object({"id": one, **of["candidate"]})
        candidate = {"anyOf": [named, candidate]}
    found = _object({"request": _object(of["request"]), "candidates": {"type": "array", "items": candidate}})
    found["properties"]["top"] = {"type": ["integer", "null"], "minimum": 1, "description": "Answer only so many."}
    return found | {"additionalProperties": False, "examples": [example(started)]}


def _rank_answer(started: Started) -> dict[str, Any]:
    numbers = {"type": "array", "items": {"type": "number"}}
    columns = [column for task in started.tasks for column in task.columns]
    counts = {"candidates": _WHOLE, "scored": _WHOLE, "missing": _COUNTS, "unseen": _COUNTS}
    found = _object(
        {
            "id": {"type": "string", "description": "Of the request: its header X-Request-Id, or a new one."},
            "tier": {"type": "string", "description": "Who answered: primary, canary, fallback or last_resort."},
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
    return found


def _value(feature: ServedFeature) -> dict[str, Any]:
    if feature.is_list:
        return {"type": ["array", "null"], "items": {"type": [feature.type, "null"]}}
    return {"type": [feature.type, "null"]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


def _probe(summary: str) -> dict[str, Any]:
    return {"summary": summary, "responses": {"200": {"description": "Yes."}, "503": {"description": "Not now."}}}


def _infer() -> dict[str, Any]:
    tensor = _object({"name": _TEXT, "shape": {"type": "array", "items": _WHOLE}, "datatype": _TEXT})
    schema = _object({"inputs": {"type": "array", "items": tensor}})
    return {
        "summary": "Predictions of rows, Open Inference Protocol V2",
        "requestBody": _body(schema),
        "responses": {"200": {"description": "Predictions."}, "422": {"description": "The reason, in words."}},
    }
