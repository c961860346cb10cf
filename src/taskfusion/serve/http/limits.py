"""Who may ask, and how much: tokens, and bodies of bounded size that come in bounded time."""

import asyncio
import hmac
import re
from pathlib import Path
from typing import Final
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request

from taskfusion.base.boundary import reading
from taskfusion.base.errors import ExperimentError
from taskfusion.serve.worker.refusal import RefusedError, malformed, shown, too_large

BODY_SECONDS: Final = 10.0
"""That a body may take to come."""

_SHORTEST: Final = 16
_LONGEST_ID: Final = 100
_MILLISECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)


def read_token(path: Path) -> bytes:
    """The first line of a file of a token.

    Raises:
        RunError: it cannot be read.
        ExperimentError: the token is too short to be none that can be guessed.
    """
    with reading(path, "a file whose first line is a token", "make it, as with: openssl rand -hex 32"):
        token = (path.read_bytes().splitlines() or [b""])[0].strip()
    if len(token) < _SHORTEST:
        raise ExperimentError(
            f"the first line of '{path}' should be a token of {_SHORTEST} characters and more, found {len(token)}; "
            f"make one, as with: openssl rand -hex 32"
        )
    return token


def require_token(request: Request, token: bytes | None) -> None:
    """Raises RefusedError where a token is asked for, and the request has another one or none."""
    if token is None:
        return
    given = request.headers.get("authorization", "").encode("latin-1")
    if not hmac.compare_digest(given, b"Bearer " + token):
        raise RefusedError(
            401, "unauthorized", "the header Authorization should be 'Bearer TOKEN' with the token of this server"
        )


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The body of a request.

    Raises:
        RefusedError: it is larger than is taken, or does not come.
    """
    for name, value in request.scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value[:20]) > most_bytes:
            raise _too_large(most_bytes)
    chunks, size, is_whole = list[bytes](), 0, False
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while not is_whole:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                is_whole = not message.get("more_body", False)
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > most_bytes:
                    raise _too_large(most_bytes)
    except TimeoutError as error:
        raise RefusedError(408, "too_slow", f"the body should come within {BODY_SECONDS:.0f} s") from error
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def deadline_seconds(request: Request) -> float | None:
    """That the caller waits, by its header X-Deadline-Ms; None: it does not say.

    Raises:
        RefusedError: the header is no number above 0.
    """
    declared = request.headers.get("x-deadline-ms")
    if declared is None:
        return None
    if not (_MILLISECONDS.fullmatch(declared) and float(declared) > 0):
        raise malformed(f"the header X-Deadline-Ms should be milliseconds above 0, found {shown(declared)}")
    return float(declared) / 1000


def request_id(request: Request) -> str:
    """Its header X-Request-Id, of at most 100 printable characters, or else a new one."""
    declared = request.headers.get("x-request-id", "")
    return declared if 0 < len(declared) <= _LONGEST_ID and declared.isprintable() else uuid4().hex


def json_length(request: Request) -> int:
    """Bytes of JSON before binary data; 0: all is JSON.

    Raises:
        RefusedError: the header is no number.
    """
    declared = request.headers.get("inference-header-content-length")
    if declared is None:
        return 0
    if not (declared.isdecimal() and declared.isascii() and 0 < int(declared[:10]) < 2**31):
        raise malformed(
            f"the header Inference-Header-Content-Length should be a number of bytes, found '{declared[:20]}'"
        )
    return int(declared[:10])


def _too_large(most_bytes: int) -> RefusedError:
    return too_large(f"a body should be at most {most_bytes:,} bytes")
