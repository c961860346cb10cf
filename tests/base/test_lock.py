"""One writer at a time, whoever it is and however it ends."""

import errno
import fcntl
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from taskfusion.base.errors import RunError, StorageError
from taskfusion.base.files import LOCK_SUFFIX
from taskfusion.base.lock import in_turn, only_writer

FORK = multiprocessing.get_context("fork")


def _hold(target: Path, held: Event, done: Event) -> None:
    with only_writer(target):
        held.set()
        done.wait(30)


class Holder:
    """Another process that writes a target until it is stopped."""

    def __init__(self, target: Path) -> None:
        held, self.done = FORK.Event(), FORK.Event()
        self.process = FORK.Process(target=_hold, args=(target, held, self.done))
        self.process.start()
        assert held.wait(30)

    def stop(self) -> None:
        self.done.set()
        self.process.join()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


def test_the_loser_hears_who_writes_and_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "run"
    holder = Holder(target)
    before = sorted(tmp_path.rglob("*"))
    try:
        with pytest.raises(RunError) as caught, only_writer(target):
            raise AssertionError("two writers")
    finally:
        assert sorted(tmp_path.rglob("*")) == before
        holder.stop()
    words = str(caught.value)
    assert f"'{target}' is being written by " in words
    assert f"process {holder.process.pid} on {os.uname().nodename}, since " in words
    assert "wait until that is done" in words
    assert "\n" not in words
    assert list(tmp_path.iterdir()) == []  # neither lock nor folders stay
    with only_writer(target):
        pass


@pytest.mark.parametrize("spelling", ["run", "./run", "other/../run", "link"])
def test_one_directory_by_any_of_its_names(tmp_path: Path, spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to("run")
    monkeypatch.chdir(tmp_path)
    holder = Holder(tmp_path / "run")
    with pytest.raises(RunError, match="is being written"), only_writer(Path(spelling)):
        pass
    holder.stop()


def test_a_lock_goes_with_its_holder_however_it_ends(tmp_path: Path) -> None:
    holder = Holder(tmp_path / "run")
    holder.kill()
    assert [path.name for path in tmp_path.iterdir()] == [f".run{LOCK_SUFFIX}"]
    with only_writer(tmp_path / "run"):
        pass
    with pytest.raises(KeyboardInterrupt), only_writer(tmp_path / "run"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_other_targets_are_free(tmp_path: Path) -> None:
    with only_writer(tmp_path / "a"), only_writer(tmp_path / "b"), only_writer(tmp_path / "a" / "c"):
        pass


def test_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    refused: list[str] = []

    def second() -> None:
        try:
            with only_writer(tmp_path / "run"):
                pass
        except RunError as error:
            refused.append(str(error))

    with only_writer(tmp_path / "run"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_what_a_killed_writer_left_beside_is_removed_and_another_targets_stays(tmp_path: Path) -> None:
    for name in ("run", "ruin"):
        (tmp_path / f".taskfusion-12345678-{name}").mkdir()
    with only_writer(tmp_path / "run"):
        left = {path.name for path in tmp_path.iterdir()}
    assert left == {".taskfusion-12345678-ruin", f".run{LOCK_SUFFIX}"}


def test_a_lock_that_names_nobody_still_locks(tmp_path: Path) -> None:
    holder = Holder(tmp_path / "run")
    (tmp_path / f".run{LOCK_SUFFIX}").write_text("")
    with (
        pytest.raises(RunError, match=r"run' is being written by another process; wait"),
        only_writer(tmp_path / "run"),
    ):
        pass
    holder.stop()


def test_who_waits_is_told_for_whom_and_goes_on(tmp_path: Path) -> None:
    holder = Holder(tmp_path / "a.npy")
    told: list[str] = []

    def on_wait(words: str) -> None:
        told.append(words)
        threading.Timer(0.2, holder.stop).start()

    with in_turn(tmp_path / "a.npy", on_wait):
        assert holder.done.is_set()
    assert len(told) == 1
    assert f"process {holder.process.pid} " in told[0]


def _take_turns(target: Path, count: int) -> None:
    number = target / "number"
    for _ in range(count):
        with in_turn(target, lambda _: None):
            found = int(number.read_text())
            time.sleep(0.001)
            number.write_text(str(found + 1))


def test_turns_never_overlap_though_locks_come_and_go(tmp_path: Path) -> None:
    (tmp_path / "number").write_text("0")
    processes = [FORK.Process(target=_take_turns, args=(tmp_path, 15)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert (tmp_path / "number").read_text() == "60"


def test_a_place_where_no_lock_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(StorageError, match=r"file/run' cannot be written: .*file'\); name another place"),
        only_writer(tmp_path / "file" / "run"),
    ):
        pass


def test_a_stopped_holder_is_no_dead_one(tmp_path: Path) -> None:
    holder = Holder(tmp_path / "run")
    assert holder.process.pid is not None
    os.kill(holder.process.pid, signal.SIGSTOP)
    with pytest.raises(RunError, match="is being written"), only_writer(tmp_path / "run"):
        pass
    os.kill(holder.process.pid, signal.SIGCONT)
    holder.stop()


def test_a_directory_of_a_volume_of_its_own_holds_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda path: path == tmp_path)
    with only_writer(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [LOCK_SUFFIX]
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_locks_is_told_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(StorageError) as caught, only_writer(tmp_path / "run"):
        pass
    expected = f"'{tmp_path / 'run'}' cannot be written: No locks available; name another place, or mend this one"
    assert str(caught.value) == expected
