"""What the server and the process that scores send each other: a header of fixed size, then bytes.

Both run on one machine under one version, so numbers are as that machine has them.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol, Self


class Stream(Protocol):
    """What calls are read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes; fewer at the end."""


class Kind(IntEnum):
    """What is asked for."""

    RANK = 1
    INFER = 2
    PROBE = 3
    COUNTS = 4


NO_LIMIT: Final = float("inf")
OK: Final = 200
"""HTTP status of a reply that has what was asked for."""

STARTED: Final = 0
"""Number of the reply that nobody asks for: what was loaded, or why it cannot be."""


@dataclass(frozen=True)
class Call:
    """A question to the process that scores.

    Attributes:
        number: its reply has the same.
        kind: what is asked for.
        json_length: bytes of the body before its binary part; 0: all of it is JSON.
        expires: time.monotonic() after which nobody waits for it.
        body: as it came.
        with_scored: whether the reply to a ranking has what was scored behind its JSON.
    """

    number: int
    kind: Kind
    json_length: int
    expires: float
    body: bytes
    with_scored: bool = False

    _HEADER = struct.Struct("=IQBId?")

    def packed(self) -> bytes:
        """Bytes of it."""
        about = (len(self.body), self.number, self.kind, self.json_length, self.expires, self.with_scored)
        return self._HEADER.pack(*about) + self.body

    @classmethod
    def read(cls, stream: Stream) -> Self | None:
        """The next one; None at the end."""
        header = stream.read(cls._HEADER.size)
        if len(header) < cls._HEADER.size:
            return None
        length, number, kind, json_length, expires, with_scored = cls._HEADER.unpack(header)
        body = stream.read(length)
        return cls(number, Kind(kind), json_length, expires, body, with_scored) if len(body) == length else None


@dataclass(frozen=True)
class Reply:
    """What it answers.

    Attributes:
        number: that of the call.
        status: of HTTP.
        json_length: bytes of the body before its binary part; 0: all of it is JSON.
        seconds: that it took to make it.
        body: of the answer.
    """

    number: int
    status: int
    json_length: int
    seconds: float
    body: bytes

    _HEADER = struct.Struct("=IQHId")

    def packed(self) -> bytes:
        """Bytes of it."""
        return self._HEADER.pack(len(self.body), self.number, self.status, self.json_length, self.seconds) + self.body

    @classmethod
    def take(cls, buffer: bytearray) -> Self | None:
        """The first one of a buffer, which is then without it; None while it is not whole."""
        size = cls._HEADER.size
        if len(buffer) < size:
            return None
        length, number, status, json_length, seconds = cls._HEADER.unpack_from(buffer)
        if len(buffer) < size + length:
            return None
        body = bytes(buffer[size : size + length])
        del buffer[: size + length]
        return cls(number, status, json_length, seconds, body)
