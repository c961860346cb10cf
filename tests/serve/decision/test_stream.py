"""A stream is read up to its last whole batch, wherever it ends."""

import errno
import re
from pathlib import Path

import pyarrow as pa
import pytest

from serve.decisions import NAMES, decision
from taskfusion.base.errors import RunError
from taskfusion.base.lock import only_writer
from taskfusion.serve.decision.columns import record_batch
from taskfusion.serve.decision.record import schema_of
from taskfusion.serve.decision.stream import OpenStream, StreamReader, stream_name

SCHEMA = schema_of(NAMES)


def batch(*names: str) -> pa.RecordBatch:
    return record_batch([decision(name) for name in names], SCHEMA, "here", 1.0, None)


def ids(path: Path) -> list[str]:
    return [name for one in StreamReader(path).batches() for name in one["id"].to_pylist()]


def test_names_sort_by_time() -> None:
    names = [stream_name(seconds, 0) for seconds in (0.0, 1.5, 1e9, 2e9)]
    assert sorted(names) == names
    assert re.fullmatch(r"decisions-20010909T014640\.000000Z-\d+-3\.arrows", stream_name(1e9, 3))


def test_every_batch_is_there_as_soon_as_it_is_written(tmp_path: Path) -> None:
    stream = OpenStream(tmp_path / "decisions-1.arrows", SCHEMA)
    assert ids(stream.path) == []
    stream.write(batch("a", "b"))
    assert ids(stream.path) == ["a", "b"]
    assert stream.num_bytes == stream.path.stat().st_size
    stream.write(batch("c"))
    assert ids(stream.path) == ["a", "b", "c"]
    assert stream.age_seconds >= 0
    with pytest.raises(RunError, match="is being written by"), only_writer(stream.path, 0):
        pass
    stream.close()
    with only_writer(stream.path, 0):
        assert ids(stream.path) == ["a", "b", "c"]


def test_a_stream_cut_at_any_byte_gives_all_batches_before(tmp_path: Path) -> None:
    some = ["id", "time", "candidates", "score"]
    stream = OpenStream(tmp_path / "decisions-1.arrows", batch("a").select(some).schema)
    stream.write(batch("a", "b").select(some))
    stream.write(batch("c").select(some))
    before = stream.num_bytes
    stream.write(batch("d", "e").select(some))
    whole = stream.num_bytes
    stream.close()
    content = stream.path.read_bytes()
    cut = tmp_path / "cut.arrows"
    for size in range(before, len(content) + 1):
        cut.write_bytes(content[:size])
        reader = StreamReader(cut)
        found = [name for one in reader.batches() for name in one["id"].to_pylist()]
        assert found == (["a", "b", "c"] if size < whole else ["a", "b", "c", "d", "e"])
        assert reader.cut_bytes == (size - before if size < whole else max(0, size - whole) % 8), size
    for size in range(0, before, 97):
        cut.write_bytes(content[:size])
        assert ids(cut) in ([], ["a", "b"])


def test_bytes_that_were_lost_with_the_power_end_it(tmp_path: Path) -> None:
    stream = OpenStream(tmp_path / "decisions-1.arrows", SCHEMA)
    stream.write(batch("a"))
    before = stream.num_bytes
    stream.write(batch("b"))
    stream.close()
    content = bytearray(stream.path.read_bytes())
    middle = (before + len(content)) // 2
    content[middle:] = bytes(len(content) - middle)
    stream.path.write_bytes(content)
    assert ids(stream.path) == ["a"]


def test_a_disk_that_cannot_be_read_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = OpenStream(tmp_path / "decisions-1.arrows", SCHEMA)
    stream.write(batch("a"))
    stream.close()

    def fail(file: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(pa.ipc, "open_stream", fail)
    with pytest.raises(OSError, match="Input/output"):
        ids(stream.path)


def test_a_name_that_is_taken_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "decisions-1.arrows"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        OpenStream(path, SCHEMA)
    assert path.read_text() == "mine"
    with only_writer(path, 0):
        pass


def test_what_a_full_disk_cut_is_not_left(tmp_path: Path) -> None:
    stream = OpenStream(tmp_path / "decisions-1.arrows", SCHEMA)
    stream.write(batch("a"))
    whole = stream.num_bytes

    class Full:
        """In place of Arrow's writer."""

        def write_batch(self, found: pa.RecordBatch) -> None:
            stream._file.write(b"half a batch")
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    stream._writer = Full()
    with pytest.raises(OSError, match="No space left"):
        stream.write(batch("b"))
    with pytest.raises(OSError, match="No space left"):
        stream.close()
    assert stream.path.stat().st_size == whole
    reader = StreamReader(stream.path)
    assert [one["id"].to_pylist() for one in reader.batches()] == [["a"]]
    assert reader.cut_bytes == 0
    with only_writer(stream.path, 0):
        pass


def test_a_stream_of_no_batch_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = OpenStream(tmp_path / "decisions-1.arrows", SCHEMA)
    assert stream.is_there
    stream.close()
    assert not stream.is_there
    monkeypatch.setattr(pa.ipc, "new_stream", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        OpenStream(tmp_path / "decisions-2.arrows", SCHEMA)
    assert list(tmp_path.glob("decisions-*")) == []
