"""score.json as a file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.serve.batch.record import FeatureCounts, FeatureShares, InputFile, Part, ScoreRecord

SHA = "0" * 64


def record() -> ScoreRecord:
    return ScoreRecord(
        bundle="exported",
        fingerprint="f",
        inputs=[InputFile(name="a.parquet", bytes=3, sha256=SHA)],
        begun=datetime(2026, 3, 1, tzinfo=UTC),
        rows=5,
        rows_per_part=5,
        row_column="row",
        kept=["user"],
        predictions=["click"],
        parts=[Part(name="part-00000.parquet", bytes=1, sha256=SHA, first_row=0, rows=5)],
        counts={"user": FeatureCounts(missing=1, values=4, unseen=2)},
        features=[FeatureShares(feature="user", missing=0.2, unseen=0.5)],
        seconds=1.0,
        cpu_seconds=1.0,
        rows_per_cpu_second=5.0,
    )


def test_one_of_before_does_not_say_when_it_was_begun(tmp_path: Path) -> None:
    write_artifact(tmp_path / "score.json", record())
    text = (tmp_path / "score.json").read_text()
    (tmp_path / "score.json").write_text(text.replace(' "begun": "2026-03-01T00:00:00Z",\n', ""))
    assert read_artifact(tmp_path / "score.json", ScoreRecord).begun is None


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_artifact(tmp_path / "score.json", record())
    assert read_artifact(tmp_path / "score.json", ScoreRecord) == record()


@pytest.mark.parametrize(("old", "new"), [('"rows": 5', '"rows": -5'), ('"unseen": 0.5', '"unseen": 1.5'), (SHA, "x")])
def test_what_cannot_be_is_refused(tmp_path: Path, old: str, new: str) -> None:
    write_artifact(tmp_path / "score.json", record())
    text = (tmp_path / "score.json").read_text()
    assert old in text
    (tmp_path / "score.json").write_text(text.replace(old, new))
    with pytest.raises(RunError, match=r"score\.json"):
        read_artifact(tmp_path / "score.json", ScoreRecord)
