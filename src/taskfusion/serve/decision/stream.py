"""A file of the log while it is open: an Arrow IPC stream, compressed by zstd, that only its writer has the lock of.

`decisions-TIME-PROCESS-NUMBER.arrows`: names sort by time, and no two writers make the same one.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa

from taskfusion.base.lock import only_writer

PREFIX: Final = "decisions-"
STREAM: Final = ".arrows"
TABLE: Final = ".parquet"
_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)


def stream_name(seconds: float, number: int) -> str:
    """Name of a stream of this process.

    Args:
        seconds: since 1970 when it was begun.
        number: of the streams that this process began before.
    """
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{PREFIX}{moment:%Y%m%dT%H%M%S.%f}Z-{os.getpid()}-{number}{STREAM}"


class OpenStream:
    """A stream that batches are written to; to be opened and closed by one thread.

    Args:
        path: of the file, which must not exist.
        schema: of the batches.

    Raises:
        OSError: it cannot be made.
        TaskfusionError: it cannot be locked.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.schema = path, schema
        self._begun = time.monotonic()
        self._stack, self._is_empty, self._is_failed, self._end = ExitStack(), True, False, 0
        with ExitStack() as stack:
            stack.enter_context(only_writer(path))  # before the file is there, so that nobody takes it for a dead one
            path.open("xb").close()
            stack.callback(self._leave_whole_batches)
            self._file = stack.enter_context(pa.OSFile(str(path), "wb"))
            self._writer = pa.ipc.new_stream(self._file, schema, options=_OPTIONS)
            self._stack = stack.pop_all()

    @property
    def num_bytes(self) -> int:
        """Bytes that were written."""
        return int(self._file.tell())

    @property
    def age_seconds(self) -> float:
        """Since it was opened."""
        return time.monotonic() - self._begun

    @property
    def is_there(self) -> bool:
        """Whether nobody has removed it, and it was not empty when it was closed."""
        return self.path.exists()

    def write(self, batch: pa.RecordBatch) -> None:
        """Hand a batch over to the operating system, which keeps it however this process ends.

        Raises:
            OSError: it cannot be written; the stream is of no more use then, but to be closed.
        """
        self._is_failed = True
        self._writer.write_batch(batch)
        self._file.flush()
        self._is_empty, self._is_failed, self._end = False, False, self.num_bytes

    def close(self) -> None:
        """Write the end and give back the lock; a part of a batch goes, and a stream of no batch is removed.

        Raises:
            OSError: the end cannot be written; all batches before are whole all the same.
        """
        with self._stack:
            self._writer.close()

    def _leave_whole_batches(self) -> None:
        if self._is_empty:
            self.path.unlink(missing_ok=True)
        elif self._is_failed:
            os.truncate(self.path, self._end)


class StreamReader:
    """The whole batches of a stream, however it ends.

    Args:
        path: of the file, which may be open still.

    Attributes:
        cut_bytes: behind the last whole batch, once all were read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.cut_bytes = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """One after the other, each checked.

        Raises:
            OSError: the file cannot be read.
        """
        with pa.OSFile(str(self._path)) as file:
            reader, end = None, 0
            while True:
                try:
                    reader = reader or pa.ipc.open_stream(file)
                    batch = reader.read_next_batch()
                    batch.validate(full=True)
                except StopIteration:
                    return
                except (pa.ArrowInvalid, pa.lib.ArrowSerializationError, OSError) as error:
                    if isinstance(error, OSError) and error.errno is not None:  # the disk, not the content
                        raise
                    self.cut_bytes = file.size() - end
                    return
                end = file.tell()
                yield batch
