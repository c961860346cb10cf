"""Refusals reach callers as JSON, and metrics and logs as what they are."""

import io
import json
from dataclasses import replace
from typing import Any

from starlette.testclient import TestClient

from serve.serving import REQUEST, admin_of, service_of
from taskfusion.serve.http.app import public_app
from taskfusion.serve.http.log import Log
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.refusal import RefusedError

BODY = {"request": REQUEST, "candidates": ["v1", "v2"]}


def test_requests_are_counted_and_logged(answerer: Answerer) -> None:
    service, stream = service_of(answerer, log_requests=True), io.BytesIO()
    service.log = Log(stream)
    client = TestClient(public_app(service))
    assert client.post("/v1/rank", json=BODY).status_code == 200
    assert client.post("/v1/rank", json={}).status_code == 422
    found = admin_of(service).get("/metrics").text
    assert 'taskfusion_requests_total{route="rank",status="200"} 1.0' in found
    assert 'taskfusion_refused_total{reason="unusable"} 1.0' in found
    assert 'taskfusion_rows_total{side="candidate"}' in found
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["route"], line["status"]) for line in lines] == [("rank", 200), ("rank", 422)]


def test_a_full_queue_says_when_to_ask_again(answerer: Answerer) -> None:
    service = service_of(answerer)
    pool: Any = service.pool
    pool.refused = RefusedError(429, "queue_full", "64 requests wait already", 1)
    found = TestClient(public_app(service)).post("/v1/rank", json=BODY)
    assert (found.status_code, found.headers["retry-after"]) == (429, "1")
    assert found.json() == {"error": {"code": "queue_full", "message": "64 requests wait already"}}
    found = TestClient(public_app(service)).post("/v2/models/ranker/infer", json=BODY)
    assert found.json() == {"error": "64 requests wait already"}


def test_what_waited_too_long_says_when_to_ask_again(answerer: Answerer) -> None:
    service = service_of(answerer)
    reply = replace(answerer.reply(_late()), number=1)
    found = service.answered(reply)
    assert (found.status_code, found.headers["retry-after"]) == (503, "1")


def _late() -> Any:
    from taskfusion.serve.worker.message import Call, Kind

    return Call(1, Kind.RANK, 0, 0.0, b"{}")
