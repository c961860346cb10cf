import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from demos.pilot.visit import UnansweredError, ask_all

Answer = Callable[[str, bytes], bytes]


@contextmanager
def server(answer: Answer) -> Iterator[int]:
    """A server that gives what answer makes of the id and the body; empty: it ends the connection."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                fields = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
                found = answer(fields["x-request-id"], await reader.readexactly(int(fields["content-length"])))
                if not found:
                    break
                writer.write(found)
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    loop = asyncio.new_event_loop()
    started = loop.run_until_complete(asyncio.start_server(handle, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield started.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        started.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()


def http(status: int, content: object) -> bytes:
    body = json.dumps(content).encode()
    return f"HTTP/1.1 {status} OK\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def ranked(_: str, body: bytes) -> bytes:
    return http(200, {"order": json.loads(body)["order"], "tier": "primary"})


IDS = [f"visit-{number}" for number in range(40)]
BODIES = [json.dumps({"order": [number % 7, 9]}).encode() for number in range(40)]


def test_every_visit_gets_its_own_answer() -> None:
    with server(ranked) as port:
        found = ask_all("127.0.0.1", port, IDS, BODIES)
    assert found.order_VS[:, 0].tolist() == [number % 7 for number in range(40)]
    assert set(found.order_VS[:, 1].tolist()) == {9}
    assert (found.order_VS[:, 2:] == -1).all()
    assert found.tiers == {"primary": 40}


def test_a_connection_that_ends_is_made_again() -> None:
    ended: set[str] = set()

    def once(request_id: str, body: bytes) -> bytes:
        if request_id in IDS[::9] and request_id not in ended:
            ended.add(request_id)
            return b""
        return ranked(request_id, body)

    with server(once) as port:
        assert ask_all("127.0.0.1", port, IDS, BODIES).tiers == {"primary": 40}
    assert ended == set(IDS[::9])


def test_errors_are_shown() -> None:
    with (
        server(lambda *_: http(422, {"error": {"message": "age should be a number"}})) as port,
        pytest.raises(UnansweredError, match=r"422 to visit-\d+: .*age should be a number"),
    ):
        ask_all("127.0.0.1", port, IDS, BODIES)
    with server(lambda *_: b"") as port, pytest.raises(UnansweredError, match="3 times without an answer"):
        ask_all("127.0.0.1", port, IDS[:1], BODIES[:1])
