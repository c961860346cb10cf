"""Files and directories that appear whole or not at all."""

import errno
import multiprocessing
import os
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from taskfusion.base.errors import RunError, StorageError
from taskfusion.base.files import (
    atomic_directory,
    atomic_file,
    from_home,
    is_temporary,
    names_in,
    remove_files,
    remove_leftovers,
    size_text,
    write_json,
    write_text,
)


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


def test_all_of_a_directory_is_on_the_disk_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[int] = set()
    before_rename: set[int] = set()
    sync, rename = os.fsync, os.rename

    def watched_sync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        sync(descriptor)

    def watched_rename(source: Path, target: Path) -> None:
        before_rename.update(synced)
        rename(source, target)

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(os, "rename", watched_rename)
    with atomic_directory(tmp_path / "run") as temporary:
        (temporary / "inner").mkdir()
        for name in ("a", "inner/b"):
            (temporary / name).write_text(name)
    whole = (tmp_path / "run", *(tmp_path / "run").rglob("*"))
    assert before_rename == {path.stat().st_ino for path in whole}
    assert tmp_path.stat().st_ino in synced


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
    with pytest.raises(StorageError, match=r"run' cannot be written"), atomic_directory(path) as temporary:
        (temporary / "new").write_text("new")
    assert [child.name for child in path.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [path]


def test_json_refuses_what_is_no_json_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": None})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"a": float("nan")})
    assert path.read_text() == '{\n "a": null\n}\n'


def _no_space(path: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _in_words(path: Path) -> None:
    raise ValueError(f"I/O error: {os.strerror(errno.ENOSPC)} (os error 28)")


def _read_only(path: Path) -> None:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))


DISK: dict[str, tuple[Callable[[Path], None], str]] = {
    "full": (_no_space, r"No space left on device \(2\.0 KiB are needed, .* are free\); make room"),
    "full, as a library says it": (_in_words, "No space left on device .*make room"),
    "read-only": (_read_only, "Read-only file system; name another place"),
}


@pytest.mark.parametrize("name", DISK)
def test_a_disk_that_refuses_is_one_sentence_with_the_path(tmp_path: Path, name: str) -> None:
    refuse, words = DISK[name]
    with (
        pytest.raises(StorageError, match=f"^'{re.escape(str(tmp_path / 'a.bin'))}' cannot be written: {words}"),
        atomic_file(tmp_path / "a.bin", 2048) as temporary,
    ):
        refuse(temporary)
    with pytest.raises(StorageError, match=r"run' cannot be written: "), atomic_directory(tmp_path / "run") as folder:
        refuse(folder / "a.bin")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(StorageError, match=r"a/b/c\.txt' cannot be written: "):
        write_text(tmp_path / "a" / "b" / "c.txt", "x")


@pytest.mark.parametrize(
    "error",
    [RunError("mine"), ValueError("other"), FileNotFoundError(errno.ENOENT, "no file", "/elsewhere/table.csv")],
    ids=["ours", "another library's", "of a file that is read"],
)
def test_errors_that_are_not_of_the_disk_stay_as_they_are(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)) as caught, atomic_file(tmp_path / "a.txt"):
        raise error
    assert caught.value is error


def _write_more_than_may_be(path: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    with pytest.raises(StorageError, match=r"big\.txt' cannot be written: File too large"):
        write_text(path / "big.txt", "x" * 10_000)
    os._exit(0 if list(path.iterdir()) == [] else 1)


def test_a_file_that_grows_too_large_leaves_nothing(tmp_path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=_write_more_than_may_be, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == 0


def _killed(path: Path, *, whole_folder: bool) -> None:
    with (atomic_directory if whole_folder else atomic_file)(path) as temporary:
        (temporary / "a" if whole_folder else temporary).write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)


def _kill_in_the_midst(path: Path, *, whole_folder: bool) -> None:
    process = multiprocessing.get_context("fork").Process(
        target=_killed, args=(path,), kwargs={"whole_folder": whole_folder}
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_what_a_killed_process_leaves_is_known_and_removed(tmp_path: Path) -> None:
    (tmp_path / ".taskfusion-notes").write_text("a user's")
    (tmp_path / "run").mkdir()
    _kill_in_the_midst(tmp_path / "run", whole_folder=True)
    _kill_in_the_midst(tmp_path / "a.parquet", whole_folder=False)
    _kill_in_the_midst(tmp_path / "run" / "metrics.json", whole_folder=False)
    left = {path.name for path in tmp_path.iterdir()}
    assert len(left) == 4
    assert names_in(tmp_path) == {"run", ".taskfusion-notes"}
    assert sum(map(is_temporary, left)) == 2

    remove_leftovers(tmp_path, "run")
    assert {Path(name).suffix for name in left - {path.name for path in tmp_path.iterdir()}} == {""}
    assert any((tmp_path / "run").iterdir())  # that of another target stays
    remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"run", ".taskfusion-notes"}
    remove_leftovers(tmp_path / "run")
    assert list((tmp_path / "run").iterdir()) == []
    remove_leftovers(tmp_path / "absent")


def test_files_are_removed_by_their_names_and_all_else_stays(tmp_path: Path) -> None:
    for folder in ("mine", "shared"):
        (tmp_path / folder).mkdir()
        for name in ("part_1.bin", "part_22.bin"):
            (tmp_path / folder / name).write_text("x")
        _kill_in_the_midst(tmp_path / folder / "part_3.bin", whole_folder=False)
    shutil.copytree(tmp_path / "mine", tmp_path / "shared" / "part_9.bin")
    (tmp_path / "shared" / "notes.txt").write_text("a user's")
    for folder in ("mine", "shared", "absent"):
        remove_files(tmp_path / folder, re.compile(r"part_\d+\.bin").fullmatch)
    assert not (tmp_path / "mine").exists()
    assert {path.name for path in (tmp_path / "shared").iterdir()} == {"notes.txt", "part_9.bin"}


def test_a_link_to_a_folder_stays_and_files_of_ours_in_it_go(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "part_1.bin").write_text("x")
    (tmp_path / "link").symlink_to("folder")
    remove_files(tmp_path / "link", {"part_1.bin"}.__contains__)
    assert list((tmp_path / "link").iterdir()) == []


@pytest.mark.parametrize(("umask", "file", "folder"), [(0o077, 0o600, 0o700), (0o002, 0o664, 0o775)])
def test_others_may_read_what_the_umask_lets_them(tmp_path: Path, umask: int, file: int, folder: int) -> None:
    code = (
        "import sys; from pathlib import Path; from taskfusion.base.files import atomic_directory, write_text\n"
        "with atomic_directory(Path(sys.argv[1])) as made: write_text(made / 'a', 'x')"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "run"], check=True, umask=umask)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "run" / "a", tmp_path / "run")]
    assert modes == [file, folder]


def test_home_is_what_a_shell_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert from_home("~/runs") == tmp_path / "runs"
    assert from_home(Path("~")) == tmp_path
    assert from_home("runs/~x") == Path("runs/~x")
    assert from_home("~nobody-of-that-name/x") == Path("~nobody-of-that-name/x")


@pytest.mark.parametrize(
    ("num_bytes", "text"), [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (5 << 40, "5.0 TiB")]
)
def test_sizes_are_readable(num_bytes: int, text: str) -> None:
    assert size_text(num_bytes) == text
