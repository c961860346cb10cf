"""The load script sends what it says, when it says, and counts from the moment that a request was due."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from benchmarks.load import Connection, Load, at_rate, in_turn, main, post


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]))
            status = b"200 OK" if body == b"good" else b"503 No"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")
    except asyncio.IncompleteReadError:
        writer.close()


def test_requests_are_sent_in_turn_and_at_a_rate() -> None:
    async def run() -> tuple[Load, Load]:
        server = await asyncio.start_server(_answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        requests = [post("/x", b"good"), post("/x", b"bad")]
        closed = await in_turn("127.0.0.1", port, requests, 10)
        opened = await at_rate("127.0.0.1", port, requests, 100, 1000.0)
        server.close()
        return closed, opened

    closed, opened = asyncio.run(run())
    assert (closed.failed(), opened.failed()) == (5, 50)
    assert (opened.seconds > 0).all()
    assert opened.percentile(0.5) <= opened.percentile(0.99)


def test_percentiles_are_those_of_the_seconds() -> None:
    assert Load(np.arange(101.0), np.full(101, 200)).percentile(0.9) == pytest.approx(90)


def test_the_command_reads_one_body_per_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bodies").write_bytes(b"good\nbad\n")

    async def run() -> None:
        server = await asyncio.start_server(_answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        command = [f"127.0.0.1:{port}", "/x", str(tmp_path / "bodies"), "--rate", "1000", "--requests", "10"]
        await asyncio.to_thread(main, command)
        server.close()

    asyncio.run(run())
    assert "10 requests, 5 not answered by 200; p50" in capsys.readouterr().out


def test_a_connection_that_idled_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> int:
        seen = 0

        async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal seen
            seen += 1
            await _answer(reader, writer)

        server = await asyncio.start_server(count, "127.0.0.1", 0)
        connection = Connection("127.0.0.1", server.sockets[0].getsockname()[1])
        for seconds in (60.0, 60.0, 0.0):
            monkeypatch.setattr("benchmarks.load.IDLE_SECONDS", seconds)
            await connection.ask(post("/x", b"good"))
        connection.close()
        server.close()
        return seen

    assert asyncio.run(run()) == 2
