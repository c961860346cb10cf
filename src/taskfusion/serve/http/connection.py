"""A connection whose requests have heads of bounded size that come in bounded time; bodies are bounded where they are
read.
"""

from asyncio import TimerHandle, Transport
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 1 << 16
"""Of a request line and its headers, to within what comes with their first byte."""

HEAD_SECONDS: Final = 10.0
"""That they may take to come."""


class Connection(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, which waits for the end of a head for ever, and keeps all of it."""

    _head_bytes = 0
    _is_in_head = _has_begun = False
    _head_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """A caller is there, who has to say something."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """A caller is gone."""
        self._forget_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came, in the middle of anything."""
        if self.parser is None or self.transport.is_closing():
            return
        self._has_begun = False
        super().data_received(data)
        if self._is_in_head and not self._has_begun and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.send_400_response(f"The head of a request should be at most {HEAD_BYTES:,} bytes.")

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._is_in_head, self._has_begun, self._head_bytes = True, True, 0
        self._expect_head()

    def on_headers_complete(self) -> None:
        """The last byte of its head."""
        self._is_in_head = False
        self._forget_timer()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._forget_timer()
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _forget_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
