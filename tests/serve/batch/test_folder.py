"""The directory of parts: what is there is whole, and what is not its own is refused."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from serve.batch.test_record import SHA, record
from taskfusion.base.errors import RunError
from taskfusion.serve.batch.block import Count
from taskfusion.serve.batch.folder import ScoreFolder
from taskfusion.serve.batch.record import InputFile, ScoreRecord

NONE: dict[str, Any] = {
    "parts": [],
    "counts": {},
    "features": [],
    "seconds": 0.0,
    "cpu_seconds": 0.0,
    "rows_per_cpu_second": 0.0,
}


def plan(**changes: Any) -> ScoreRecord:
    return ScoreRecord(**{**dict(record()), **NONE, "rows_per_part": 2, **changes})


def begun(path: Path, *numbers: int) -> ScoreFolder:
    folder = ScoreFolder(path, plan())
    for number in numbers:
        rows = min(2, 5 - 2 * number)
        frame = pl.DataFrame({"row": range(2 * number, 2 * number + rows)})
        folder.add(number, frame, {"user": Count(1, rows, rows - 1)}, 1.0, 0.5)
    return folder


def test_it_goes_on_with_the_parts_that_are_missing(tmp_path: Path) -> None:
    begun(tmp_path / "out", 0, 2)
    folder = ScoreFolder(tmp_path / "out", plan())
    assert folder.missing(3) == [1]
    folder.add(1, pl.DataFrame({"row": [2, 3]}), {"user": Count(1, 2, 1)}, 1.0, 0.5)
    found = folder.finish()
    assert [part.first_row for part in found.parts] == [0, 2, 4]
    assert found.counts["user"].values == 5
    assert found.features[0].unseen == 0.4
    assert (found.seconds, found.cpu_seconds, found.rows_per_cpu_second) == (3.0, 1.5, 5 / 1.5)
    assert sorted(path.name for path in (tmp_path / "out").iterdir())[-1] == "score.json"
    assert ScoreFolder(tmp_path / "out", plan()).is_complete


def test_a_part_that_was_removed_is_made_again_and_counted_once(tmp_path: Path) -> None:
    before = begun(tmp_path / "out", 0, 1, 2).finish()
    (tmp_path / "out" / "part-00001.parquet").unlink()
    folder = ScoreFolder(tmp_path / "out", plan())
    assert folder.missing(3) == [1]
    folder.add(1, pl.DataFrame({"row": [2, 3]}), {"user": Count(1, 2, 1)}, 1.0, 0.5)
    after = folder.finish()
    assert (after.parts, after.counts) == (before.parts, before.counts)


@pytest.mark.parametrize("damage", [lambda old: old[:-1], lambda old: b"x" + old[1:], lambda _: b""])
def test_a_damaged_part_is_named(tmp_path: Path, damage: Any) -> None:
    begun(tmp_path / "out", 0, 1)
    part = tmp_path / "out" / "part-00001.parquet"
    part.write_bytes(damage(part.read_bytes()))
    with pytest.raises(RunError, match=r"part-00001\.parquet' is not the file that was written there"):
        ScoreFolder(tmp_path / "out", plan()).missing(3)


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    begun(tmp_path / "out", 0)
    (tmp_path / "out" / "unfinished.json").write_text("{")
    with pytest.raises(RunError, match=r"unfinished\.json"):
        ScoreFolder(tmp_path / "out", plan())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fingerprint": "g"}, "begun with another model"),
        ({"inputs": [InputFile(name="b.parquet", bytes=4, sha256=SHA.replace("0", "1"))]}, "another content of 'a.par"),
        ({"inputs": [InputFile(name="a.parquet", bytes=3, sha256=SHA)] * 2}, "with 1 files of rows, but --in now"),
        ({"kept": []}, "columns to keep user, now none"),
        ({"rows_per_part": 3}, "parts of 2 rows, now 3"),
    ],
)
def test_another_question_is_refused_by_name(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    begun(tmp_path / "out", 0)
    with pytest.raises(RunError, match=words):
        ScoreFolder(tmp_path / "out", plan(**changes))
    moved = [InputFile(name="elsewhere/a.parquet", bytes=3, sha256=SHA)]
    assert ScoreFolder(tmp_path / "out", plan(inputs=moved)).missing(3) == [1, 2]


def test_a_directory_without_a_part_is_begun_anew(tmp_path: Path) -> None:
    folder = ScoreFolder(tmp_path / "out", plan())
    assert folder.missing(3) == [0, 1, 2]
    (tmp_path / "out" / "part-00000.parquet").write_bytes(b"a part that the record does not name")
    folder = ScoreFolder(tmp_path / "out", plan(fingerprint="g"))
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out" / "unfinished.json"]
    assert folder.missing(3) == [0, 1, 2]
    folder.leave()
    assert not (tmp_path / "out").exists()


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match="is a file"):
        ScoreFolder(tmp_path / "file", plan())
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match=r"holds 'mine\.txt'"):
        ScoreFolder(tmp_path / "folder", plan())
    (tmp_path / "folder" / "mine.txt").rename(tmp_path / "folder" / "part-00000.parquet")
    with pytest.raises(RunError, match="holds 'part-00000"):
        ScoreFolder(tmp_path / "folder", plan())
