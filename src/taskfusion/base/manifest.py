"""The list of a directory's files with their SHA-256: it marks the directory as finished and finds changed bytes.

It is no protection from an attacker, who can write a new manifest as well.
"""

import hashlib
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pydantic import Field

from taskfusion.base.boundary import reading
from taskfusion.base.errors import RunError
from taskfusion.base.record import Artifact, Record, read_artifact, write_artifact

MANIFEST: Final = "manifest.json"
_AGAIN: Final = "copy the whole directory again, or make it again"


class ListedFile(Record):
    """What a file of the directory is known by."""

    bytes: int = Field(ge=0, description="Size, in bytes.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the content, hexadecimal.")


class Manifest(Artifact):
    """The files of a finished run or of an export."""

    files: dict[str, ListedFile] = Field(description="By the path inside the directory, with / between folders.")


def seal(directory: Path, files: Iterable[Path]) -> None:
    """Write the manifest of a directory, last of all its files.

    Args:
        directory: that is finished.
        files: of it, in any order.
    """
    entries = {path.relative_to(directory).as_posix(): listed(path) for path in sorted(files)}
    write_artifact(directory / MANIFEST, Manifest(files=entries))


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a directory.

    Raises:
        RunError: it is missing or damaged, or of another version.
    """
    return read_artifact(directory / MANIFEST, Manifest)


def require_sealed(directory: Path, *, optional: Iterable[Path] = (), replaceable: Iterable[Path] = ()) -> Manifest:
    """See that a directory holds what its manifest lists, to the byte.

    Args:
        directory: that seal was called for.
        optional: files that are read where they are there; one that is not listed is refused.
        replaceable: files that may be missing, because they can be made again.

    Raises:
        RunError: a file is missing, changed or of another directory; the message names it.
    """
    manifest = read_manifest(directory)
    lost = {path.relative_to(directory).as_posix() for path in replaceable if not path.exists()}
    for name, entry in manifest.files.items():
        if name not in lost:
            _require_same(directory, name, entry)
    for path in optional:
        if path.exists() and path.relative_to(directory).as_posix() not in manifest.files:
            raise RunError(f"'{path}' is not listed in {MANIFEST}, so it came there from elsewhere; remove it")
    return manifest


def _require_same(directory: Path, name: str, entry: ListedFile) -> None:
    path = directory / name
    with reading(path, f"the file that {MANIFEST} lists", _AGAIN):
        if not path.exists():
            raise RunError(f"'{directory}' lacks the file {name} that its {MANIFEST} lists; {_AGAIN}")
        is_file = stat.S_ISREG(path.stat().st_mode)
        is_same = is_file and path.stat().st_size == entry.bytes and listed(path) == entry
    if not is_same:
        raise RunError(
            f"'{path}' is not the file that was written there: its content differs from what {MANIFEST} says; {_AGAIN}"
        )


def listed(path: Path) -> ListedFile:
    """What a file is known by."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return ListedFile(bytes=file.tell(), sha256=digest)
