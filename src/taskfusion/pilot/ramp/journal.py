"""The journal of a ramp: a file of lines that only grows, each on the disk before anything is done because of it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from taskfusion.base.errors import RunError, StorageError
from taskfusion.base.record import EXPECTED, parse
from taskfusion.run.record.ramp import JournalLine

JOURNAL: Final = "journal.jsonl"


class Journal:
    """Lines of a file, and more of them.

    Args:
        path: of the file.
        lines: that it holds.
    """

    def __init__(self, path: Path, lines: Sequence[JournalLine]) -> None:
        self.path, self.lines = path, list(lines)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The journal of a folder, which may have none yet; a last line that was cut by a crash goes.

        Raises:
            RunError: another line is damaged, or the first one does not begin a ramp.
            StorageError: the file cannot be read or mended.
        """
        path = folder / JOURNAL
        try:
            content = path.read_bytes() if path.exists() else b""
            whole = content[: content.rfind(b"\n") + 1]
            if len(whole) < len(content):
                with path.open("r+b") as file:
                    file.truncate(len(whole))
                    os.fsync(file.fileno())
        except OSError as error:
            raise _unusable(path, error) from error
        lines = [parse(path, JournalLine, line) for line in whole.splitlines()]
        if lines and (lines[0].event != "begun" or lines[0].plan is None or lines[0].routes is None):
            raise RunError(f"'{path}' should be {EXPECTED}, but does not begin with a line 'begun'; name another --out")
        return cls(path, lines)

    def add(self, line: JournalLine) -> None:
        """Write a line, and return when it is on the disk.

        Raises:
            StorageError: it cannot be written; then it is not there.
        """
        content = line.model_dump_json(exclude_defaults=True).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not self.path.exists()
            with self.path.open("ab", buffering=0) as file:
                before = file.tell()
                try:
                    if file.write(content) < len(content):
                        raise OSError(28, os.strerror(28))
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(before)
                    raise
            if is_new:
                _sync_folder(self.path.parent)
        except OSError as error:
            raise _unusable(self.path, error) from error
        self.lines.append(line)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unusable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"'{path}' cannot be used: {error.strerror or error}; a ramp does nothing that it cannot write down, so make "
        f"room there, or mend the place"
    )
