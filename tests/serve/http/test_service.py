"""Refusals reach callers as JSON, and metrics and logs as what they are."""

import io
import json

from starlette.testclient import TestClient

from serve.serving import REQUEST, admin_of, pool_of, service_of
from taskfusion.serve.http.app import public_app
from taskfusion.serve.http.log import Log
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import Call, Kind

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
    pool_of(service).num_pending = 64
    service.fleet.deployments["primary"].admission.add(0.1)
    found = TestClient(public_app(service)).post("/v1/rank", json=BODY)
    assert (found.status_code, found.headers["retry-after"]) == (429, "7")
    assert found.json()["error"]["code"] == "overloaded"
    found = TestClient(public_app(service)).post("/v2/models/ranker/infer", json=BODY)
    assert "more requests wait than it can answer in time" in found.json()["error"]


def test_what_waited_too_long_says_when_to_ask_again(answerer: Answerer) -> None:
    service = service_of(answerer)
    pool_of(service).replies = [answerer.reply(Call(1, Kind.RANK, 0, 0.0, b"{}"))]
    found = TestClient(public_app(service)).post("/v1/rank", json=BODY)
    assert (found.status_code, found.headers["retry-after"]) == (503, "1")
    assert found.json()["error"]["code"] == "deadline"
