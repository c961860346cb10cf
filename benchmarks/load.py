"""Send requests to a server at random moments, however long answers take (open loop, Poisson arrivals).

python -m benchmarks.load HOST:PORT PATH BODY_FILE --rate 100 --requests 10000: each line of the file is one body. A
closed loop would wait for the server and so never see a queue; here latency counts from the moment that a request was
due.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

CONNECTIONS = 64
IDLE_SECONDS = 60.0
"""After which a connection is not used again: a server that ends it just then would leave a request unanswered."""


@dataclass(frozen=True)
class Load:
    """What came back.

    Attributes:
        seconds: from the moment that each request was due to its answer.
        statuses: of the answers.
    """

    seconds: npt.NDArray[np.float64]
    statuses: npt.NDArray[np.int64]

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the answers came."""
        return float(np.quantile(self.seconds, share))

    def failed(self) -> int:
        """Answers that were not 200."""
        return int((self.statuses != 200).sum())


class Connection:
    """One kept-alive connection.

    Args:
        host: of the server.
        port: of the server.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = time.monotonic()

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a whole request; status and body of the answer."""
        idle = time.monotonic() - self._used
        if self._streams is None or self._streams[0].at_eof() or idle > IDLE_SECONDS:
            self.close()
            self._streams = await asyncio.open_connection(*self._address)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        self._used = time.monotonic()
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        return int(head[9:12]), await reader.readexactly(length)

    def close(self) -> None:
        """End it."""
        if self._streams is not None:
            self._streams[1].close()


def post(path: str, body: bytes, request_id: str | None = None) -> bytes:
    """A whole POST."""
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    head += "" if request_id is None else f"x-request-id: {request_id}\r\n"
    return f"{head}\r\n".encode() + body


async def in_turn(host: str, port: int, requests: Sequence[bytes], count: int) -> Load:
    """Send requests one after the other over one connection."""
    connection, found, statuses = Connection(host, port), [], []
    for place in range(count):
        start = time.perf_counter()
        status, _ = await connection.ask(requests[place % len(requests)])
        found.append(time.perf_counter() - start)
        statuses.append(status)
    connection.close()
    return Load(np.asarray(found), np.asarray(statuses))


async def at_rate(host: str, port: int, requests: Sequence[bytes], count: int, rate: float, seed: int = 0) -> Load:
    """Send requests at random moments.

    Args:
        host: of the server.
        port: of the server.
        requests: whole ones, which take turns.
        count: to send.
        rate: per second, on average.
        seed: of the moments.
    """
    due_R = np.cumsum(np.random.default_rng(seed).exponential(1 / rate, count))
    free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Connection(host, port))
    seconds_R, status_R = np.zeros(count), np.zeros(count, dtype=np.int64)
    start = time.perf_counter()

    async def send(place: int) -> None:
        connection = await free.get()
        status_R[place], _ = await connection.ask(requests[place % len(requests)])
        seconds_R[place] = time.perf_counter() - start - due_R[place]
        free.put_nowait(connection)

    tasks = []
    for place in range(count):
        pause = start + due_R[place] - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        tasks.append(asyncio.create_task(send(place)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait().close()
    return Load(seconds_R, status_R)


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="benchmarks.load", description=__doc__)
    parser.add_argument("server", help="HOST:PORT")
    parser.add_argument("path", help="such as /v1/rank")
    parser.add_argument("bodies", type=Path, help="file with one body per line")
    parser.add_argument("--rate", type=float, default=100, help="requests per second (default: 100)")
    parser.add_argument("--requests", type=int, default=10_000, help="requests in all (default: 10000)")
    options = parser.parse_args(arguments)
    host, _, port = options.server.rpartition(":")
    requests = [post(options.path, line) for line in options.bodies.read_bytes().splitlines()]
    found = asyncio.run(at_rate(host, int(port), requests, options.requests, options.rate))
    shown = ", ".join(f"p{100 * share:g} {1e3 * found.percentile(share):.2f} ms" for share in (0.5, 0.9, 0.99, 0.999))
    print(f"{options.requests:,} requests, {found.failed():,} not answered by 200; {shown}")


if __name__ == "__main__":
    main()
