"""Files and directories that appear whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from taskfusion.base.files import atomic_directory, atomic_file, write_json, write_text


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.csv"
    with atomic_file(path) as temporary:
        assert temporary.suffix == ".csv"
        temporary.write_text("x")
        assert not path.exists()
    assert path.read_text() == "x"
    assert list(path.parent.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_keeps_the_old_file_and_leaves_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def broken() -> None:
        with atomic_file(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        broken()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_content_is_on_the_disk_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, int]] = []
    sync, rename = os.fsync, os.replace

    def watched_sync(descriptor: int) -> None:
        calls.append(("sync", os.fstat(descriptor).st_ino))
        sync(descriptor)

    def watched_replace(source: Path, target: Path) -> None:
        calls.append(("replace", source.stat().st_ino))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(os, "replace", watched_replace)
    write_text(tmp_path / "a.txt", "x")
    file, folder = (tmp_path / "a.txt").stat().st_ino, tmp_path.stat().st_ino
    assert calls == [("sync", file), ("replace", file), ("sync", folder)]


def test_a_directory_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run"
    with atomic_directory(path) as temporary:
        (temporary / "a").write_text("x")
        assert not path.exists()
    assert [child.name for child in path.iterdir()] == ["a"]
    assert list(path.parent.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_no_directory_behind(tmp_path: Path, error: type[BaseException]) -> None:
    def broken() -> None:
        with atomic_directory(tmp_path / "run") as temporary:
            (temporary / "a").write_text("x")
            raise error

    with pytest.raises(error):
        broken()
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_holds_something_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.mkdir()
    (path / "old").write_text("old")
    with pytest.raises(OSError, match="run"), atomic_directory(path) as temporary:
        (temporary / "new").write_text("new")
    assert [child.name for child in path.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [path]


def test_json_refuses_what_is_no_json_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": None})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"a": float("nan")})
    assert path.read_text() == '{\n "a": null\n}\n'
