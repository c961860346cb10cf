"""Heads of requests are bounded in size and in time; whatever else is sent, the next request is answered."""

import socket
from collections.abc import Iterator
from threading import Thread
from time import sleep

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from taskfusion.serve.http import connection
from taskfusion.serve.http.connection import HEAD_BYTES, Connection

GET = b"GET / HTTP/1.1\r\nhost: x\r\n"
LAST = b"connection: close\r\n\r\n"


async def _answer(request: Request) -> Response:
    return Response(await request.body() or b"nothing")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server that gives back what it gets, and waits half a second for a head."""
    app = Starlette(routes=[Route("/", _answer, methods=["GET", "POST"])])
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0)) as listening:
        patch.setattr(connection, "HEAD_SECONDS", 0.5)
        server = uvicorn.Server(uvicorn.Config(app, http=Connection, log_level="critical", lifespan="off"))
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


def exchanged(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """What is answered to bytes, until the server ends the connection."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
        try:
            for part in parts:
                caller.sendall(part)
                sleep(pause)
            while part := caller.recv(1 << 16):
                found += part
        except ConnectionError:  # a caller who still sends may lose the answer
            return found
    return found


def test_usual_requests_are_answered(port: int) -> None:
    assert exchanged(port, GET + LAST).endswith(b"nothing")
    assert exchanged(port, GET + b"\r\n" + GET + LAST).count(b"HTTP/1.1 200") == 2
    assert exchanged(port, GET + b"x: " + b"y" * (HEAD_BYTES // 2) + b"\r\n" + LAST).endswith(b"nothing")
    post = GET.replace(b"GET", b"POST") + b"content-length: 300000\r\n"
    assert exchanged(port, post + LAST, b"z" * 300_000).endswith(b"z" * 1000)


@pytest.mark.parametrize(
    ("first", "more"),
    [(GET, b"x: y\r\n" * 10_000), (GET + b"x: ", b"y" * 60_000), (GET + b"\r\n" + GET, b"x: y\r\n" * 10_000)],
    ids=["many headers", "one header", "in the second request"],
)
def test_a_head_without_end_is_refused(first: bytes, more: bytes, port: int) -> None:
    """uvicorn keeps all of it: a caller took as much memory as he sent."""
    found = exchanged(port, first, *[more] * 200)
    assert found == b"" or b"400 Bad Request" in found
    assert exchanged(port, GET + LAST).endswith(b"nothing")


def test_a_head_that_is_too_large_is_told_so(port: int) -> None:
    found = exchanged(port, GET + b"x: ", b"y" * 30_000, b"y" * 36_000, pause=0.05)
    assert found.endswith(b"The head of a request should be at most 65,536 bytes.")


@pytest.mark.parametrize("head", [b"", b"GET", GET, GET + b"\r\n" + GET], ids=["none", "begun", "half", "second"])
def test_a_head_that_does_not_come_ends_the_connection(head: bytes, port: int) -> None:
    """uvicorn waits for ever."""
    assert exchanged(port, head).count(b"HTTP/1.1 200") == head.count(b"\r\n\r\n")


def test_a_body_may_take_longer_than_a_head(port: int) -> None:
    post = GET.replace(b"GET", b"POST") + b"content-length: 4\r\n" + LAST
    assert exchanged(port, post, b"a", b"b", b"c", b"d", pause=0.2).endswith(b"abcd")


def test_bytes_that_are_no_http_are_refused(port: int) -> None:
    assert exchanged(port, b"\x16\x03\x01\x02\x00\x01\x00").startswith(b"HTTP/1.1 400")
