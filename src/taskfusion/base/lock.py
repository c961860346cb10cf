"""One writer per file or directory: a lock that says who holds it, and that the operating system drops when its holder
ends, however it ends.

It is a file beside what it guards, `.NAME.taskfusion-lock`, so that it works before that exists. It is removed with
the lock; one that a killed process left is harmless, and the next command on the same target takes it over.
"""

import json
import os
import shlex
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from taskfusion.base.errors import RunError, StorageError
from taskfusion.base.files import LOCK_SUFFIX, remove_leftovers

GRACE_SECONDS = 0.3
"""A lock that is only just being given back is waited for."""

_POLL_SECONDS = 0.1
_COMMAND_LETTERS = 160


@contextmanager
def only_writer(target: Path, wait_seconds: float = GRACE_SECONDS) -> Iterator[None]:
    """While no other process writes a file or directory, which need not exist yet; what killed processes left beside it
    is removed first.

    Args:
        target: the file or directory.
        wait_seconds: how long another writer is waited for.

    Raises:
        RunError: another process writes it; the message says which.
        StorageError: no lock can be made there.
    """
    with _lock(target) as lock:
        if not _is_taken(lock, target, wait_seconds):
            raise RunError(f"{_busy(lock, target)}; wait until that is done, or name another place")
        with _held(lock, target):
            yield


@contextmanager
def in_turn(target: Path, on_wait: Callable[[str], None]) -> Iterator[None]:
    """As only_writer, but another writer is waited for, however long it takes.

    Args:
        target: the file or directory.
        on_wait: is told who writes it, if somebody does.

    Raises:
        StorageError: no lock can be made there.
    """
    with _lock(target) as lock:
        if not _is_taken(lock, target, GRACE_SECONDS):
            on_wait(f"{_busy(lock, target)}; waiting until that is done")
            _is_taken(lock, target, -1)
        with _held(lock, target):
            yield


@contextmanager
def _lock(target: Path) -> Iterator[FileLock]:
    """The lock of a target, not yet taken; folders that were made for it go where they stay empty."""
    path = _lock_path(target)
    made = [folder for folder in path.parents if not folder.exists()]
    try:
        with _closed_places(target):
            path.parent.mkdir(parents=True, exist_ok=True)
        yield FileLock(path)
    finally:
        with suppress(OSError):  # not empty
            for folder in made:
                folder.rmdir()


@contextmanager
def _closed_places(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = "" if error.filename is None else f" ('{error.filename}')"  # a file system without locks names none
        raise StorageError(
            f"'{target}' cannot be written: {error.strerror or error}{where}; name another place, or mend this one"
        ) from error


def _is_taken(lock: FileLock, target: Path, wait_seconds: float) -> bool:
    """Take the lock, if it comes free in time."""
    with _closed_places(target):
        try:
            lock.acquire(timeout=wait_seconds, poll_interval=_POLL_SECONDS)
        except Timeout:
            return False
    return True


def _lock_path(target: Path) -> Path:
    """Beside the target; in it where it is a directory and there is no place beside it that its writers share."""
    whole = target.resolve()
    if whole.is_dir() and (whole.is_mount() or not os.access(whole.parent, os.W_OK)):
        return whole / LOCK_SUFFIX
    return whole.parent / f".{whole.name}{LOCK_SUFFIX}"


@contextmanager
def _held(lock: FileLock, target: Path) -> Iterator[None]:
    path, whole = Path(lock.lock_file), target.resolve()
    try:
        with suppress(OSError):  # a full disk: a lock that names nobody still locks
            path.write_text(json.dumps(_holder()), encoding="utf-8")
        remove_leftovers(whole.parent, whole.name)
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # whoever waits for this file sees that it is gone, and makes another
        lock.release()


def _holder() -> dict[str, str | int]:
    program = Path(sys.argv[0]).name if sys.argv else ""
    command = " ".join(shlex.join([program, *sys.argv[1:]]).split())
    return {
        "command": command if len(command) <= _COMMAND_LETTERS else f"{command[: _COMMAND_LETTERS - 3]}...",
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now().astimezone().isoformat(sep=" ", timespec="seconds"),
    }


def _busy(lock: FileLock, target: Path) -> str:
    try:
        holder = json.loads(Path(lock.lock_file).read_text(encoding="utf-8"))
        who = "{command} (process {process} on {host}, since {since})".format(**holder)
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return f"'{target}' is being written by {who}"
