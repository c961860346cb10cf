"""The short way of ranking requests: bodies in pieces, callers that go away, defects of ours."""

import asyncio
import json
from typing import Any

import pytest

from serve.serving import REQUEST, service_of
from taskfusion.serve.http.rank import PATH, RankApp
from taskfusion.serve.http.service import Service
from taskfusion.serve.worker.answerer import Answerer

BODY = json.dumps({"request": REQUEST, "candidates": ["v1"]}).encode()


async def nothing_else(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "others", "path": scope.get("path")})


def asked(service: Service, *messages: dict[str, Any], **scope: Any) -> list[dict[str, Any]]:
    """What is sent when these messages come."""
    waiting, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    base = {"type": "http", "method": "POST", "path": PATH, "headers": [], "query_string": b""}
    try:
        asyncio.run(RankApp(service, nothing_else)({**base, **scope}, receive, send))
    except AttributeError:
        sent.append({"type": "raised"})
    return sent


def piece(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize("cut", [0, 1, 20, len(BODY)])
def test_a_body_may_come_in_pieces(cut: int, answerer: Answerer) -> None:
    start, body = asked(service_of(answerer), piece(BODY[:cut], more=True), piece(BODY[cut:], more=False))
    assert (start["status"], json.loads(body["body"])["order"]) == (200, [0])
    assert (b"content-type", b"application/json") in start["headers"]


def test_a_caller_that_goes_away_is_counted(answerer: Answerer) -> None:
    service = service_of(answerer)
    start, _ = asked(service, piece(BODY[:3], more=True), {"type": "http.disconnect"})
    assert start["status"] == 400
    assert b'taskfusion_requests_total{route="rank",status="400"} 1.0' in service.metrics.page()


def test_a_defect_is_told_and_raised_for_the_log(answerer: Answerer) -> None:
    service = service_of(answerer)
    service.dispatch = None  # type: ignore[assignment]
    start, body, last = asked(service, piece(BODY, more=False))
    assert (start["status"], json.loads(body["body"])["error"]["code"], last["type"]) == (500, "internal", "raised")


@pytest.mark.parametrize("scope", [{"type": "lifespan"}, {"method": "GET"}, {"path": "/v1/rank/"}])
def test_other_requests_are_left_to_others(scope: dict[str, Any], answerer: Answerer) -> None:
    assert [one["type"] for one in asked(service_of(answerer), **scope)] == ["others"]
