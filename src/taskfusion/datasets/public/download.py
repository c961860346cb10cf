"""Fetching the publishers' files."""

import hashlib
import http.client
import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from taskfusion.base.errors import DataError

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class RemoteFile:
    """A file at its publisher's.

    Attributes:
        name: the file's name.
        url: where it is.
        record_url: Zenodo's record of it, a JSON object that lists the files with their checksums; None: the
            publisher states no checksum.
    """

    name: str
    url: str
    record_url: str | None = None


def download(file: RemoteFile, folder: Path, *, timeout_seconds: float = 60.0) -> Path:
    """Fetch a file into a folder, with progress on stderr; it appears there whole and checked, or not at all.

    Args:
        file: what to fetch.
        folder: existing folder to put it in, under its own name.
        timeout_seconds: longest wait for an answer and for the next bytes.

    Raises:
        DataError: it cannot be fetched, arrives incomplete, or its checksum is not the published one.
    """
    target = folder / file.name
    partial = folder / f"{file.name}.partial"
    published = None if file.record_url is None else _published_md5(file.record_url, file, timeout_seconds)
    try:
        _fetch(file, partial, timeout_seconds)
        if published is not None:
            found = checksum(partial, "md5")
            if found != published:
                raise DataError(
                    f"'{file.url}' should have the md5 {published}, but what arrived has {found}; try again"
                )
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def checksum(path: Path, algorithm: str = "sha256") -> str:
    """Hex digest of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, algorithm).hexdigest()


def _fetch(file: RemoteFile, partial: Path, timeout_seconds: float) -> None:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    try:
        with (
            urllib.request.urlopen(file.url, timeout=timeout_seconds) as answer,
            partial.open("wb") as content,
            Progress(*columns, console=Console(stderr=True)) as progress,
        ):
            length = answer.headers.get("Content-Length")
            expected = int(length) if length else None
            task = progress.add_task(file.name, total=expected)
            received = 0
            while chunk := answer.read(CHUNK_BYTES):
                content.write(chunk)
                received += len(chunk)
                progress.update(task, completed=received)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(file.url, file, error) from error
    if expected is not None and received != expected:
        raise DataError(f"'{file.url}' should have {expected} bytes, but {received} arrived; try again")


def _published_md5(record_url: str, file: RemoteFile, timeout_seconds: float) -> str:
    """Hex digest that Zenodo's record states for the file, there written "md5:0123abcd"."""
    try:
        with urllib.request.urlopen(record_url, timeout=timeout_seconds) as answer:
            record: Any = json.load(answer)
        stated = {entry["key"]: str(entry["checksum"]) for entry in record["files"]}
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(record_url, file, error) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"'{record_url}' should list files with their checksums, but does not; try again") from error
    algorithm, _, digest = stated.get(file.name, "").partition(":")
    if algorithm != "md5":
        raise DataError(f"'{record_url}' should state the md5 of '{file.name}', but does not; try again")
    return digest


def _unreachable(url: str, file: RemoteFile, error: BaseException) -> DataError:
    return DataError(
        f"'{url}' cannot be fetched ({error}); try again, or fetch '{file.name}' from its publisher by hand and name "
        f"its folder with --from"
    )
