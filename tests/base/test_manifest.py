"""A sealed directory is taken whole, and refused with a file's name where a byte is not the one that was written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from taskfusion.base.errors import RunError
from taskfusion.base.manifest import MANIFEST, read_manifest, require_sealed, seal


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    directory = tmp_path / "run"
    (directory / "encoder").mkdir(parents=True)
    for name, content in {"a.bin": bytes(range(256)), "b.json": b"{}", "encoder/c.txt": b"words"}.items():
        (directory / name).write_bytes(content)
    seal(directory, [path for path in directory.rglob("*") if path.is_file()])
    (directory / "notes.txt").write_text("of the user")
    return directory


def test_a_directory_as_it_was_written_is_taken(sealed: Path) -> None:
    manifest = require_sealed(sealed, optional=[sealed / "b.json", sealed / "never.json"])
    assert list(manifest.files) == ["a.bin", "b.json", "encoder/c.txt"]
    assert manifest.files["a.bin"].bytes == 256
    assert read_manifest(sealed) == manifest


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHANGES: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "a bit": lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
    "a folder": _folder,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
@pytest.mark.parametrize("name", ["a.bin", "b.json", "encoder/c.txt"])
def test_a_changed_file_is_named(change: Callable[[Path], object], name: str, sealed: Path) -> None:
    change(sealed / name)
    with pytest.raises(RunError, match=name):
        require_sealed(sealed)


def test_a_file_that_would_be_read_and_is_not_listed_is_named(sealed: Path) -> None:
    with pytest.raises(RunError, match=r"notes\.txt' is not listed"):
        require_sealed(sealed, optional=[sealed / "notes.txt"])


@pytest.mark.parametrize("content", [None, b"", b"{}", b"[[[", b'{"format": 3, "files": {"a.bin": 3}}'])
def test_a_damaged_manifest_is_named(content: bytes | None, sealed: Path) -> None:
    (sealed / MANIFEST).unlink()
    if content is not None:
        (sealed / MANIFEST).write_bytes(content)
    with pytest.raises(RunError, match=MANIFEST):
        require_sealed(sealed)


def test_a_file_that_can_be_made_again_may_be_missing_but_not_differ(sealed: Path) -> None:
    path = sealed / "a.bin"
    content = path.read_bytes()
    path.unlink()
    require_sealed(sealed, replaceable=[path])
    path.write_bytes(content[::-1])
    with pytest.raises(RunError, match=r"a\.bin"):
        require_sealed(sealed, replaceable=[path])
