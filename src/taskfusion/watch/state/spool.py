"""Files of rows of one width that only grow, and of lines; what no state knows of is cut off."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from taskfusion.base.files import writing

Rows = npt.NDArray[Any]


class Spool:
    """Files of one folder, each with the bytes that the state knows of.

    A process that is killed leaves bytes behind these, or whole files: they are cut off, or removed, when it is opened.
    A file that is dropped goes only when the state that does not know it any more is on the disk.

    Args:
        folder: made if it is absent.
        lengths: bytes by file name.
    """

    def __init__(self, folder: Path, lengths: Mapping[str, int]) -> None:
        self._folder = folder
        self._lengths = dict(lengths)
        self._changed: set[str] = set()
        self._dropped: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if path.name not in self._lengths:
                path.unlink()
            elif path.stat().st_size > self._lengths[path.name]:
                os.truncate(path, self._lengths[path.name])

    @property
    def lengths(self) -> dict[str, int]:
        """Bytes by file name."""
        return dict(self._lengths)

    def append(self, name: str, content: bytes) -> None:
        """Write behind what a file has.

        Raises:
            StorageError: the disk is full, or the folder cannot be written.
        """
        path = self._folder / name
        with writing(path, len(content)), path.open("ab") as file:
            file.write(content)
        self._lengths[name] = self._lengths.get(name, 0) + len(content)
        self._changed.add(name)

    def rows(self, name: str, kind: np.dtype[Any]) -> Rows:
        """The rows of a file, mapped into memory."""
        length = self._lengths.get(name, 0)
        if not length:
            return np.zeros(0, dtype=kind)
        return np.memmap(self._folder / name, dtype=kind, mode="r", shape=(length // kind.itemsize,))

    def drop(self, name: str) -> None:
        """Forget a file."""
        if self._lengths.pop(name, None) is not None:
            self._dropped.add(name)
            self._changed.discard(name)

    def sync(self) -> None:
        """Return when all that was appended is on the disk."""
        for name in self._changed:
            descriptor = os.open(self._folder / name, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._changed.clear()

    def settle(self) -> None:
        """Remove dropped files, once the state that does not know them is on the disk."""
        for name in self._dropped - set(self._lengths):
            (self._folder / name).unlink(missing_ok=True)
        self._dropped.clear()
