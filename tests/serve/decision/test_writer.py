"""What is logged is read once, whatever happens to the process, the disk and the files."""

import errno
import itertools
import multiprocessing
import os
import random
import signal
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from serve.decisions import decision
from taskfusion.base.errors import StorageError
from taskfusion.config.decisions import DecisionSettings
from taskfusion.serve.decision.read import read_decisions
from taskfusion.serve.decision.recover import recover
from taskfusion.serve.decision.stream import OpenStream
from taskfusion.serve.decision.writer import DecisionLog, Rotation

FORK = multiprocessing.get_context("fork")
SMALL = Rotation(num_bytes=20_000, seconds=900)


def opened(path: Path, told: list[str] | None = None, rotation: Rotation | None = None, **settings: Any) -> DecisionLog:
    chosen = DecisionSettings.model_validate({"directory": str(path), "batch_seconds": 0.05, **settings})
    return DecisionLog(chosen, "here", [].append if told is None else told.append, rotation)  # type: ignore[arg-type]


def wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def ids(path: Path) -> list[str]:
    return read_decisions(path).select("id").collect()["id"].to_list()


def files(path: Path, kind: str) -> list[Path]:
    return sorted(path.glob(f"decisions-*.{kind}"))


def test_what_is_put_is_read_soon_and_is_parquet_after_closing(tmp_path: Path) -> None:
    log = opened(tmp_path / "new" / "log", batch_rows=4)
    for number in range(10):
        log.put(decision(str(number), time_us=number))
    wait(lambda: log.counts.written == 10)
    (stream,) = files(tmp_path / "new" / "log", "arrows")
    assert log.counts.num_bytes > 0
    assert ids(stream.parent) == [str(number) for number in range(10)]
    log.close()
    assert [path.stem for path in files(stream.parent, "parquet")] == [stream.stem]
    found = read_decisions(stream.parent).collect()
    assert found["id"].to_list() == [str(number) for number in range(10)]
    assert found["time"].dt.epoch("us").to_list() == list(range(10))
    assert found["source"].unique().to_list() == ["here"]
    assert found["unit"].unique().to_list() == ["7"]
    assert len(os.listdir(stream.parent)) == 1
    assert (log.counts.dropped, log.counts.failed) == (0, 0)


def test_a_log_without_decisions_leaves_no_file(tmp_path: Path) -> None:
    opened(tmp_path).close()
    assert os.listdir(tmp_path) == []


def test_batches_wait_for_rows_or_seconds(tmp_path: Path) -> None:
    log = opened(tmp_path, batch_rows=4, batch_seconds=60)
    for number in range(7):
        log.put(decision(str(number)))
    wait(lambda: log.counts.written == 4)
    time.sleep(0.05)
    assert log.counts.written == 4
    log.close()
    assert ids(tmp_path) == list("0123456")


def test_files_are_rotated_by_size(tmp_path: Path) -> None:
    log = opened(tmp_path, rotation=SMALL, batch_rows=10)
    for number in range(400):
        log.put(decision(f"{number:03}"))
        wait(lambda: len(log._waiting) < 100)
    log.close()
    assert len(files(tmp_path, "parquet")) > 1
    assert files(tmp_path, "arrows") == []
    assert ids(tmp_path) == [f"{number:03}" for number in range(400)]


def test_files_are_rotated_by_age_without_new_decisions(tmp_path: Path) -> None:
    log = opened(tmp_path, rotation=Rotation(seconds=0.1), batch_seconds=0.02)
    log.put(decision("a"))
    wait(lambda: files(tmp_path, "parquet") and not files(tmp_path, "arrows"))
    log.put(decision("b"))
    log.close()
    assert ids(tmp_path) == ["a", "b"]
    assert len(files(tmp_path, "parquet")) == 2


def test_a_bundle_with_other_predictions_gets_its_columns(tmp_path: Path) -> None:
    log = opened(tmp_path, batch_rows=3)
    for number, names in enumerate([("click",), ("click",), ("click", "buy"), ("like",), ("click",), ("click", "buy")]):
        log.put(decision(str(number), names=names))
    log.close()
    table = read_decisions(tmp_path).sort("id").collect()
    assert table["id"].to_list() == list("012345")
    for name, is_there in {"click": "111011", "buy": "001001", "like": "000100"}.items():
        assert table[f"prediction.{name}"].is_not_null().to_list() == [one == "1" for one in is_there]
    assert len(files(tmp_path, "parquet")) == 3


def test_a_sample_is_that_of_the_ids(tmp_path: Path) -> None:
    log = opened(tmp_path, sample=0.25)
    wanted = [str(number) for number in range(2000) if log.wants(str(number))]
    assert 400 < len(wanted) < 600
    again = opened(tmp_path, sample=0.5)
    assert all(again.wants(name) for name in wanted)
    log.put(decision(wanted[0]))
    log.close()
    again.close()
    assert read_decisions(tmp_path).collect()["sample_rate"].to_list() == [0.25]


def test_units_are_hashed_with_a_salt(tmp_path: Path) -> None:
    log = opened(tmp_path, salt="a secret")
    log.put(decision("a"))
    log.close()
    (unit,) = read_decisions(tmp_path).collect()["unit"]
    assert len(unit) == 32


def test_what_comes_while_too_many_wait_is_dropped_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    write = OpenStream.write
    monkeypatch.setattr(OpenStream, "write", lambda self, batch: (go.wait(20), write(self, batch))[1])
    told: list[str] = []
    log = opened(tmp_path, told, batch_rows=2)
    for number in range(100):
        log.put(decision(f"{number:03}"))
    go.set()
    log.close()
    assert log.counts.dropped > 0
    assert told == [one for one in told if "decisions are dropped so far" in one]
    assert told[-1].startswith(f"{log.counts.dropped} ")
    assert log.counts.written + log.counts.dropped == 100
    found = ids(tmp_path)
    assert found == sorted(set(found))
    assert len(found) == log.counts.written


def test_a_full_disk_costs_its_batches_alone_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, calls = OpenStream.write, itertools.count()

    def fail_once(self: OpenStream, batch: Any) -> None:
        if next(calls) == 1:
            self._file.write(b"half a batch")
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, batch)

    monkeypatch.setattr(OpenStream, "write", fail_once)
    told: list[str] = []
    log = opened(tmp_path, told, batch_rows=2)
    for number in range(6):
        log.put(decision(str(number)))
    log.close()
    assert (log.counts.written, log.counts.failed) == (4, 2)
    assert ids(tmp_path) == ["0", "1", "4", "5"]
    assert "No space left on device" in told[0]
    assert "2 are lost so far" in told[0]
    assert files(tmp_path, "arrows") == []


def test_files_that_somebody_removed_are_begun_anew(tmp_path: Path) -> None:
    log = opened(tmp_path, batch_rows=1)
    for name in ("a", "b"):
        log.put(decision(name))
        wait(lambda: log.counts.written == 1)
        for path in files(tmp_path, "arrows"):
            path.unlink()
        log.counts.written = 0
    log.put(decision("c"))
    log.close()
    assert ids(tmp_path) == ["c"]


def test_what_cannot_become_parquet_is_not_tried_with_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = itertools.count()

    def fail(directory: Path) -> None:
        next(tries)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("taskfusion.serve.decision.writer.recover", fail)
    told: list[str] = []
    log = opened(tmp_path, told, rotation=Rotation(num_bytes=1), batch_rows=1)
    for number in range(20):
        log.put(decision(str(number)))
    wait(lambda: log.counts.written == 20)
    log.close()
    assert next(tries) <= 3
    assert len(ids(tmp_path)) == 20


def test_a_defect_in_one_decision_costs_its_batch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = opened(tmp_path, batch_rows=1)
    for one in (decision("a"), replace(decision("b"), scored=b""), decision("c")):
        log.put(one)
    log.close()
    assert ids(tmp_path) == ["a", "c"]
    assert log.counts.failed == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="name another directory for decisions"):
        opened(tmp_path / "file")


def test_a_compaction_that_fails_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(directory: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    told: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr("taskfusion.serve.decision.writer.recover", fail)
        log = opened(tmp_path, told)
        log.put(decision("a"))
        log.close()
    assert "are not yet Parquet" in told[-1]
    assert ids(tmp_path) == ["a"]
    opened(tmp_path).close()
    assert (len(files(tmp_path, "arrows")), len(files(tmp_path, "parquet"))) == (0, 1)
    assert ids(tmp_path) == ["a"]


def test_a_reader_beside_the_writer_sees_all_that_is_written_once(tmp_path: Path) -> None:
    log = opened(tmp_path, rotation=SMALL, batch_rows=8)
    put, enough = itertools.count(), threading.Event()

    def write() -> None:
        while not enough.is_set():
            log.put(decision(f"{next(put):06}"))
            wait(lambda: len(log._waiting) < 64)

    writer = threading.Thread(target=write)
    writer.start()
    wait(lambda: log.counts.written > 0)
    for _ in range(8):
        before = log.counts.written
        found = ids(tmp_path)
        assert found == [f"{number:06}" for number in range(len(found))]
        assert len(found) >= before
    enough.set()
    writer.join()
    log.close()
    assert len(ids(tmp_path)) == next(put)
    assert log.counts.dropped == 0


def _log_until_killed(path: Path, prefix: str, report: int) -> None:
    log = opened(path, rotation=SMALL, batch_rows=8, batch_seconds=0.01)
    for number in itertools.count():
        log.put(decision(f"{prefix}{number:06}"))
        if number % 8 == 0:
            wait(lambda: len(log._waiting) < 100)
            os.write(report, struct.pack("q", log.counts.written))


def test_kill_9_loses_no_batch_that_was_written_and_doubles_none(tmp_path: Path) -> None:
    rng, written = random.Random(0), {}
    for number in range(12):
        prefix = chr(ord("a") + number)
        read_end, write_end = os.pipe()
        process = FORK.Process(target=_log_until_killed, args=(tmp_path, prefix, write_end))
        process.start()
        os.close(write_end)
        with open(read_end, "rb") as pipe:
            assert len(pipe.read(8)) == 8
            time.sleep(rng.uniform(0, 0.25))
            assert process.pid
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            reports = pipe.read()
        written[prefix] = struct.unpack("q", reports[-8:])[0] if len(reports) >= 8 else 0
    for _ in range(2):
        table = read_decisions(tmp_path).select("id").collect()
        for prefix, least in written.items():
            found = table.filter(pl.col("id").str.starts_with(prefix))["id"].to_list()
            assert found == [f"{prefix}{number:06}" for number in range(len(found))]
            assert len(found) >= least
        recover(tmp_path)
    assert files(tmp_path, "arrows") == []
    assert max(written.values()) > 0
