"""Files and directories that are written whole or not at all, and what killed processes leave of them.

What is not whole yet is called `.taskfusion-XXXXXXXX-NAME` and lies beside what it will become.
"""

import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from taskfusion.base.errors import StorageError, TaskfusionError

_PREFIX = ".taskfusion-"
_TEMPORARY = re.compile(rf"{re.escape(_PREFIX)}[a-z0-9_]{{8}}-(?P<target>.+)", re.DOTALL)
LOCK_SUFFIX = ".taskfusion-lock"
_UMASK = os.umask(0o077)  # can only be read by setting it
os.umask(_UMASK)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_DISK = (*_FULL, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO)


@contextmanager
def atomic_file(path: Path, num_bytes: int | None = None) -> Iterator[Path]:
    """A temporary path that becomes `path` when the block ends without an error.

    The content is on the disk before the name is: after a power loss `path` is the old file or the new one.

    Args:
        path: the file.
        num_bytes: its size, where it is known beforehand; a message about a full disk names it.

    Raises:
        StorageError: it cannot be written.
    """
    with writing(path, num_bytes):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_PREFIX, suffix=f"-{path.name}")
        os.close(descriptor)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_UMASK)
            _sync(temporary)
            os.replace(temporary, path)
            _sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """A temporary directory that becomes `path`, which must not exist or be empty, when the block ends without an
    error; all in it is on the disk before it has its name.

    Raises:
        StorageError: it cannot be written, or something is at the path.
    """
    with writing(path, None):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=_PREFIX, suffix=f"-{path.name}"))
        try:
            yield temporary
            temporary.chmod(0o777 & ~_UMASK)
            for inside in temporary.rglob("*"):
                _sync(inside)
            _sync(temporary)
            os.rename(temporary, path)
            _sync(path.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _sync(path: Path) -> None:
    """Return when what was written to a file or directory is on the disk."""
    is_posix = os.name == "posix"  # elsewhere a directory cannot be opened, and a file only to be written
    if path.is_dir() and not is_posix:
        return
    descriptor = os.open(path, os.O_RDONLY if is_posix else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically.

    Raises:
        StorageError: it cannot be written.
    """
    content = text.encode()
    with atomic_file(path, len(content)) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401  whatever json takes
    """Write a JSON file atomically; NaN and infinity are refused.

    Raises:
        StorageError: it cannot be written.
    """
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def from_home(path: str | Path) -> Path:
    """A path with ~ as the home directory, as a shell reads it."""
    return Path(os.path.expanduser(path))


def is_temporary(name: str) -> bool:
    """Whether a name is that of a file or directory of ours that is not whole yet."""
    return _TEMPORARY.fullmatch(name) is not None


def names_in(folder: Path) -> set[str]:
    """Names of what lies in a folder, but for what is not whole yet and for locks; of no folder none."""
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return {name for name in found if not is_temporary(name) and not name.endswith(LOCK_SUFFIX)}


def remove_leftovers(folder: Path, target: str | None = None) -> None:
    """Remove what killed processes left in a folder, of the folders in it nothing; to be called by whoever alone
    writes there.

    Args:
        folder: it need not exist.
        target: the name that the leftovers would have got; None: any.
    """
    for path in tuple(folder.iterdir()) if folder.is_dir() else ():
        match = _TEMPORARY.fullmatch(path.name)
        if match is not None and target in (None, match["target"]):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def remove_files(folder: Path, is_ours: Callable[[str], object]) -> None:
    """Remove the files of a folder whose names are ours, what killed processes left, and the folder where it is empty
    then; all else stays.
    """
    remove_leftovers(folder)
    for path in tuple(folder.iterdir()) if folder.is_dir() else ():
        if is_ours(path.name) and not path.is_dir():
            path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        with suppress(OSError):  # a link to a folder stays, and so does what the system needs
            folder.rmdir()


@contextmanager
def writing(path: Path, num_bytes: int | None) -> Iterator[None]:
    """Names the path in errors of the disk, whichever library met them."""
    try:
        yield
    except TaskfusionError:
        raise
    except Exception as error:
        reason = _reason(error, path)
        if reason is None:
            raise
        raise StorageError(f"'{path}' cannot be written: {reason}{_advice(reason, path, num_bytes)}") from error


def _reason(error: Exception, path: Path) -> str | None:
    """What the disk says against writing a path; None where the error is of another kind, or of another file."""
    if not isinstance(error, OSError) or error.errno is None:  # of a library that says it in words
        return next((reason for reason in map(os.strerror, _DISK) if reason in str(error)), None)
    if error.filename is None:
        return os.strerror(error.errno) if error.errno in _DISK else None
    named = Path(str(error.filename))
    return os.strerror(error.errno) if path.is_relative_to(named) or any(map(is_temporary, named.parts)) else None


def _advice(reason: str, path: Path, num_bytes: int | None) -> str:
    if reason not in map(os.strerror, _FULL):
        return "; name another place, or mend this one"
    there = next(folder for folder in path.absolute().parents if folder.exists())
    need = "" if num_bytes is None else f"{size_text(num_bytes)} are needed, "
    return f" ({need}{size_text(shutil.disk_usage(there).free)} are free); make room there, or name another place"


def size_text(num_bytes: int) -> str:
    """A number of bytes as people read it."""
    size, units = float(num_bytes), ["bytes", "KiB", "MiB", "GiB", "TiB"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{size:.0f} {units[0]}" if units[0] == "bytes" else f"{size:.1f} {units[0]}"
