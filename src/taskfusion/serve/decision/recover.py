"""Streams that nobody writes any more: closed ones, and those that killed processes left."""

from contextlib import ExitStack
from pathlib import Path

from taskfusion.base.errors import RunError
from taskfusion.base.lock import only_writer
from taskfusion.serve.decision.compact import Compacted, compact
from taskfusion.serve.decision.stream import PREFIX, STREAM


def recover(directory: Path) -> Compacted:
    """Cut each stream whose lock nobody has to its last whole batch, and make Parquet of it.

    Several processes may do it at once; each stream is taken by one.

    Args:
        directory: of the log.

    Raises:
        StorageError: the disk is full or closed; streams stay, and the next call goes on.
        OSError: a stream cannot be read; it stays.
    """
    found = Compacted()
    for stream in sorted(directory.glob(f"{PREFIX}*{STREAM}")):
        with ExitStack() as stack:
            try:
                stack.enter_context(only_writer(stream, 0))
            except RunError:  # it is being written
                continue
            if stream.exists():  # else another process was quicker
                found += compact(stream)
    return found
