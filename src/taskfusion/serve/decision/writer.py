"""The writer of the log: a thread of its own, so that a request costs the server an append to a queue."""

import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event, Thread
from typing import Final

import pyarrow as pa

from taskfusion.base.bucket import bucket
from taskfusion.base.errors import StorageError, TaskfusionError
from taskfusion.base.files import from_home
from taskfusion.config.decisions import DecisionSettings
from taskfusion.serve.decision.columns import record_batch
from taskfusion.serve.decision.record import Decision, schema_of
from taskfusion.serve.decision.recover import recover
from taskfusion.serve.decision.stream import OpenStream, stream_name

WAITING_BATCHES: Final = 32
"""Batches that wait in memory at most; further decisions are dropped, and counted."""

_QUIET_SECONDS: Final = 60.0  # between two sentences on what is lost, and two tries at Parquet
_SAMPLE_SALT: Final = "decision log"


@dataclass(frozen=True)
class Rotation:
    """When a file is closed and the next one begun.

    Attributes:
        num_bytes: that it has at most, but for the last batch.
        seconds: that it is open at most.
    """

    num_bytes: int = 64 << 20
    seconds: float = 900.0


@dataclass
class DecisionCounts:
    """Decisions since the log was opened.

    Attributes:
        written: handed over to the operating system.
        dropped: that came while too many waited.
        failed: that could not be written.
        num_bytes: that the written ones took.
    """

    written: int = 0
    dropped: int = 0
    failed: int = 0
    num_bytes: int = 0

    @property
    def lost(self) -> int:
        """Those that are in no file."""
        return self.dropped + self.failed


class DecisionLog:
    """Writes decisions to a directory. What killed processes left there is recovered first, beside all else.

    `kill -9` loses what waits: the decisions of `batch_seconds`, or `batch_rows` of them where these come sooner, and
    what comes while the disk or a crowded machine holds the writer up, since no answer waits for the log. A loss of
    power may also lose what the operating system did not yet write out, about half a minute.

    Args:
        settings: of the log.
        source: name of this server.
        tell: is told in one sentence what goes wrong, from other threads.
        rotation: of the files.

    Raises:
        StorageError: the directory cannot be written to.
    """

    def __init__(
        self, settings: DecisionSettings, source: str, tell: Callable[[str], None], rotation: Rotation | None = None
    ) -> None:
        self.counts = DecisionCounts()
        self._settings, self._source, self._tell = settings, source, tell
        self._rotation = rotation or Rotation()
        self._directory = from_home(settings.directory)
        self._most = WAITING_BATCHES * settings.batch_rows
        self._waiting: deque[Decision] = deque()
        self._wake, self._stopping = Event(), False
        self._told, self._tell_again = 0, 0.0  # of those that are lost
        self._error: Exception | None = None
        self._compact_again = 0.0
        self._stream: OpenStream | None = None
        self._number = count()
        _require_writable(self._directory)
        self._compactor = ThreadPoolExecutor(1, "decision-compactor")
        self._compactor.submit(self._compact)
        self._thread = Thread(target=self._run, name="decision-writer", daemon=True)
        self._thread.start()

    def wants(self, request_id: str) -> bool:
        """Whether the decision of a request is in the sample; the same for the same id, on every server."""
        return self._settings.sample >= 1 or bucket(request_id, _SAMPLE_SALT) < self._settings.sample

    def put(self, decision: Decision) -> None:
        """Log a decision that the sample wants; it is dropped, and counted, where too many wait."""
        waiting = len(self._waiting)
        if waiting >= self._most:
            self.counts.dropped += 1
            return
        self._waiting.append(decision)
        if waiting + 1 >= self._settings.batch_rows and not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Write all that waits, close the file, and return when it is Parquet."""
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._compactor.shutdown()

    def _run(self) -> None:
        rows, seconds = self._settings.batch_rows, self._settings.batch_seconds
        due = time.monotonic() + seconds
        while True:
            self._wake.wait(max(due - time.monotonic(), 0.0))
            self._wake.clear()
            is_last = self._stopping
            is_due = is_last or time.monotonic() >= due
            while len(self._waiting) >= rows or (is_due and self._waiting):
                self._write([self._waiting.popleft() for _ in range(min(rows, len(self._waiting)))])
                due = time.monotonic() + seconds
            if is_due:
                due = time.monotonic() + seconds
            self._tell_of_lost(is_last)
            if is_last:
                break
            self._rotate_where_due()
        self._end_stream()

    def _write(self, decisions: Sequence[Decision]) -> None:
        """Write decisions, those with the same predictions together; what cannot be written is counted and told."""
        groups: dict[tuple[str, ...], list[Decision]] = {}
        for one in decisions:
            groups.setdefault(one.names, []).append(one)
        for names, group in groups.items():
            try:
                self._write_batch(names, group)
            except Exception as error:  # whatever it is, requests are answered and the next batch is tried
                self.counts.failed += len(group)
                self._fail(error)

    def _write_batch(self, names: tuple[str, ...], group: Sequence[Decision]) -> None:
        stream, settings = self._stream_with(names), self._settings
        before = stream.num_bytes
        stream.write(record_batch(group, stream.schema, self._source, settings.sample, settings.salt))
        self.counts.num_bytes += stream.num_bytes - before
        self.counts.written += len(group)
        self._rotate_where_due()

    def _tell_of_lost(self, is_last: bool) -> None:
        """Say once per minute how many decisions are lost, and why."""
        lost, error, now = self.counts.lost, self._error, time.monotonic()
        if lost == self._told or not (is_last or now >= self._tell_again):
            return
        self._told, self._tell_again, self._error = lost, now + _QUIET_SECONDS, None
        if error is None:
            self._tell(
                f"{lost:,} decisions are dropped so far, since they come faster than they are written to "
                f"'{self._directory}'; log a smaller sample, or to a faster disk"
            )
        else:
            self._tell(
                f"decisions cannot be written to '{self._directory}' ({error}); {lost:,} are lost so far, the next "
                f"ones are tried"
            )

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, OSError | TaskfusionError | pa.ArrowException):
            traceback.print_exception(error)
        self._error = error
        self._end_stream()

    def _stream_with(self, names: Sequence[str]) -> OpenStream:
        """The open stream where it has the columns of these predictions, else a new one that has them too."""
        wanted = schema_of(names)
        if self._stream is not None:
            schema = self._stream.schema
            if all(name in schema.names for name in wanted.names) and self._stream.is_there:
                return self._stream
            wanted = pa.unify_schemas([schema, wanted])
            self._end_stream()
        path = self._directory / stream_name(time.time(), next(self._number))
        self._stream = OpenStream(path, wanted)
        return self._stream

    def _rotate_where_due(self) -> None:
        stream = self._stream
        if stream is not None and (
            stream.num_bytes >= self._rotation.num_bytes or stream.age_seconds >= self._rotation.seconds
        ):
            self._end_stream()

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is None:
            return
        with suppress(OSError):  # a full disk; its whole batches are there without the end
            stream.close()
        if stream.is_there:
            self._compactor.submit(self._compact)

    def _compact(self) -> None:
        if time.monotonic() < self._compact_again and not self._stopping:
            return
        try:
            found = recover(self._directory)
        except Exception as error:  # the streams stay for the next time
            self._compact_again = time.monotonic() + _QUIET_SECONDS
            self._tell(f"decisions in '{self._directory}' are not yet Parquet ({error}); this is tried again")
            return
        if found.cut_bytes:
            self._tell(
                f"the decisions that a killed process left in '{self._directory}' are recovered, but for "
                f"{found.cut_bytes:,} bytes of its last batch"
            )


def _require_writable(directory: Path) -> None:
    """Raises StorageError where a directory cannot be made or written to."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=directory).close()
    except OSError as error:
        raise StorageError(
            f"'{directory}' cannot be written: {error.strerror or error}; name another directory for decisions"
        ) from error
