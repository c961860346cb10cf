"""Requests sent to a server over loopback: malformed bodies in sound frames, and frames that are wrong themselves."""

import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from threading import Thread
from time import perf_counter, sleep
from typing import Final

from benchmarks.malformed.bodies import Body, body
from benchmarks.malformed.in_process import WrongAnswerError, require_sound, resident_mb
from benchmarks.malformed.world import World
from benchmarks.serving import Process
from taskfusion.serve.worker.message import Reply

ANNOUNCED: Final = {429, 503}
"""Statuses that say when to ask again."""

SECONDS: Final = 30.0
PATIENCE: Final = 0.1
"""Seconds that the answer to a wrong frame is waited for."""

SLOW: Final = 20
"""Callers at a time whose body comes byte by byte, and stops."""


@dataclass
class Found:
    """What came back.

    Attributes:
        count: requests.
        seconds: from the first to the last.
        statuses: answers by status; 0: the connection ended without one, as wrong frames may.
        slowest: seconds of the slowest exchange.
        early_mb: memory of the server and of the process that scores, after a tenth.
        late_mb: after the last.
        same_processes: whether both are those of the beginning.
        wrong: what was wrong, by the number of the request.
    """

    count: int
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    early_mb: list[float] = field(default_factory=list)
    late_mb: list[float] = field(default_factory=list)
    same_processes: bool = True
    wrong: dict[int, str] = field(default_factory=dict)


class Caller:
    """A connection that is kept alive while answers allow it.

    Args:
        port: of the server, on this machine.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, sent: bytes, cut: bool = False, patience: float = SECONDS) -> tuple[int, Mapping[str, str], bytes]:
        """Send bytes; status, headers and body of the answer, status 0 where there is none.

        Args:
            sent: all of them.
            cut: end the connection before the answer.
            patience: seconds that an answer is waited for.

        Raises:
            TimeoutError: there is none by then.
        """
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=SECONDS)
        self._socket.settimeout(patience)
        with suppress(ConnectionError):
            self._socket.sendall(sent)
        if cut:
            self.close()
            return 0, {}, b""
        try:
            status, headers, content = _read(self._socket)
        except ConnectionError:
            status, headers, content = 0, {}, b""
        if status == 0 or headers.get("connection") == "close":
            self.close()
        return status, headers, content

    def close(self) -> None:
        """End it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _read(stream: socket.socket) -> tuple[int, Mapping[str, str], bytes]:
    buffer = b""
    while b"\r\n\r\n" not in buffer:
        part = stream.recv(1 << 16)
        if not part:
            return 0, {}, b""
        buffer += part
    head, _, content = buffer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    status = int(lines[0].split()[1])
    if status == 100:
        return _read(stream)
    length = int(headers.get("content-length", "0"))
    while len(content) < length:
        part = stream.recv(1 << 16)
        if not part:
            break
        content += part
    return status, headers, content


def framed(one: Body, *headers: str, length: int | str | None = None, method: str = "POST", path: str = "") -> bytes:
    """A request with a body."""
    lines = [f"{method} {path or one.path} HTTP/1.1", "host: x", *headers]
    lines += [f"content-length: {len(one.content) if length is None else length}"]
    if one.json_length:
        lines += [f"inference-header-content-length: {one.json_length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + one.content


def wrong_frames(one: Body, random: Random) -> bytes:
    """The request of a body in a frame that is wrong in one of many ways; each ends, or is cut off by who sends it."""
    size = len(one.content)
    tail = f"POST {one.path} HTTP/1.1\r\nhost: x\r\n".encode()
    chunked = tail + b"transfer-encoding: chunked\r\n\r\n"
    whole = b"%x\r\n%s\r\n" % (size, one.content) if size else b""
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: framed(one, length=max(0, size - random.randrange(1, 50))),
        lambda: framed(one, length=random.choice(("-1", "x", "1e3", "0x10", "", "9" * 40, "1, 2", "+5"))),
        lambda: framed(one, f"content-length: {size + 1}"),
        lambda: framed(one, "transfer-encoding: chunked"),
        lambda: chunked + whole + b"0\r\n\r\n",
        lambda: chunked + b"0\r\n\r\n",
        lambda: chunked + whole + random.choice((b"zz\r\n", b"-1\r\n", b"f" * 20 + b"\r\n", b"\x00\r\n\r\n")),
        lambda: chunked + b"5;" + b"x" * random.choice((10, 20_000)) + b"\r\nab",
        lambda: chunked + b"1\r\nabc\r\n0\r\n\r\n",
        lambda: framed(one, *(f"x{number}: {'y' * 100}" for number in range(random.choice((100, 5_000))))),
        lambda: framed(one, "x: " + "y" * random.choice((8_000, 70_000, 300_000))),
        lambda: framed(one, random.choice(("bad header", ": x", "a b: c", "x:\x00", "x: \x7f\x01", "é: 1", "x : 1"))),
        lambda: framed(one, method=random.choice(("GET", "PUT", "HEAD", "OPTIONS", "PATCH", "BREW", "post", "\x00"))),
        lambda: framed(one, path=random.choice(_PATHS)),
        lambda: framed(one).replace(b"HTTP/1.1", random.choice((b"HTTP/9.9", b"HTTP/1.0", b"HTCPCP/1", b""))),
        lambda: framed(one).replace(b"\r\n", random.choice((b"\n", b"\r", b"\n\r")), random.randrange(1, 4)),
        lambda: framed(
            one, f"inference-header-content-length: {random.choice(('x', '-1', '0', '9' * 30, '²', '1.0'))}"
        ),
        lambda: framed(one, random.choice(("expect: 100-continue", "expect: 200-ok", "upgrade: h2c", "te: trailers"))),
        lambda: framed(one, "connection: upgrade", f"upgrade: {random.choice(('websocket', 'h2c', 'TLS/1.0'))}"),
        lambda: framed(one, f"content-encoding: {random.choice(('gzip', 'br', 'x'))}"),
        lambda: framed(one, f"authorization: {random.choice(('Bearer', 'Bearer ü', 'Basic eA=='))}"),
        lambda: random.randbytes(random.randrange(1, 400)),
        lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + random.randbytes(50),
        lambda: framed(one) * random.randrange(2, 6),
    )
    return random.choice(ways)()


_PATHS: Final = (
    *("/", "/v1/rank/", "//v1/rank", "/v1/rank?x=" + "y" * 9_000, "/v1/%72ank", "/%00", "/%ff%fe", "/..%2f..%2fetc"),
    *(
        "/v2/models/%2e%2e/infer",
        "/v2/models/" + "x" * 9_000,
        "*",
        "http://x/v1/rank",
        "/v2/models//infer",
        "/ü",
        "/a b",
    ),
    *("/v2/models/ranker/versions/1/infer", "/openapi.json", "/v2/models/ranker%0d%0ax:%20y", "?", "", "/metrics"),
)


def run(world: World, process: Process, count: int, slow: int = SLOW) -> Found:
    """Send requests one after another, while other callers are slow.

    Args:
        world: whose bundle is served.
        process: the server.
        count: requests.
        slow: callers that are slow.
    """
    found, caller, start = Found(count), Caller(process.port), perf_counter()
    others = Thread(target=_send_slowly, args=(process.port, slow, found), daemon=True)
    others.start()
    for number in range(count):
        begin = perf_counter()
        try:
            found.statuses[_exchange(world, caller, number)] += 1
        except (WrongAnswerError, TimeoutError) as error:
            found.wrong[number] = str(error)
            caller.close()
        found.slowest = max(found.slowest, perf_counter() - begin)
        if number == count // 10:
            found.early_mb = [resident_mb(pid) for pid in process.pids]
    caller.close()
    found.seconds = perf_counter() - start
    others.join(SECONDS)
    try:
        found.late_mb = [resident_mb(pid) for pid in process.pids]
    except FileNotFoundError:
        found.same_processes = False
    sound = next(one for number in range(count, count + 10_000) if (one := body(world, number)).is_sound)
    status, _, _ = Caller(process.port).ask(framed(sound))
    if status != 200:
        found.wrong[count] = f"a sound request after all others is answered with {status}"
    return found


def _exchange(world: World, caller: Caller, number: int) -> int:
    """Send the request of a number; the status of its answer.

    Raises:
        WrongAnswerError: the server may not answer so.
    """
    random, one = Random(-number - 1), body(world, number)
    if random.random() < 0.6:
        status, headers, content = caller.ask(framed(one))
        if status not in ANNOUNCED:
            length = int(headers.get("inference-header-content-length", "0"))
            require_sound(one, Reply(number, status, length, 0.0, content))
    elif random.random() < 0.15:
        sent = framed(one)
        status, headers, content = caller.ask(sent[: random.randrange(len(sent) + 1)], cut=True)
    else:
        status, headers, content = 0, {}, b""
        with suppress(TimeoutError):  # the server waits for the rest of a frame that says too much
            status, headers, content = caller.ask(wrong_frames(one, random), random.random() < 0.1, PATIENCE)
        caller.close()
    if (status >= 500 or status in ANNOUNCED) and not (status in ANNOUNCED and "retry-after" in headers):
        raise WrongAnswerError(f"status {status}: {content[:200]!r}")
    return status


def _send_slowly(port: int, count: int, found: Found) -> None:
    """Callers whose heads and bodies come byte by byte, and then no more: each is told so, or cut off."""
    head = b"POST /v1/rank HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n"
    callers = [socket.create_connection(("127.0.0.1", port), timeout=SECONDS) for _ in range(count)]
    for place in _bytes_in_turn(head, callers):
        sleep(place / 1e3)
    for number, caller in enumerate(callers):
        try:
            answer = caller.recv(1 << 16)
        except ConnectionError:
            answer = b""
        except TimeoutError:
            found.wrong[-number - 1] = "a slow caller is waited for without end"
            answer = b""
        if answer and b" 408 " not in answer and b" 400 " not in answer:
            found.wrong[-number - 1] = f"a slow caller is told {answer[:80]!r}"
        caller.close()


def _bytes_in_turn(head: bytes, callers: list[socket.socket]) -> Iterator[int]:
    """Half of the callers send a head and some of a body, the others half a head."""
    for place in range(len(head)):
        for number, caller in enumerate(callers):
            if number % 2 or place < len(head) // 2:
                with suppress(ConnectionError):
                    caller.sendall(head[place : place + 1])
        yield place % 10
