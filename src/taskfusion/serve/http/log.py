"""Structured logs: one JSON object per line on standard error."""

import sys
from datetime import UTC, datetime
from typing import BinaryIO

import orjson


class Log:
    """Writes events.

    Args:
        stream: where to; None: standard error.
    """

    def __init__(self, stream: BinaryIO | None = None) -> None:
        self._stream = sys.stderr.buffer if stream is None else stream

    def tell(self, event: str, **fields: object) -> None:
        """Write one event.

        Args:
            event: its name.
            fields: what belongs to it, as JSON has it.
        """
        line = {"time": datetime.now(UTC), "event": event, **fields}
        self._stream.write(orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE))
        self._stream.flush()
