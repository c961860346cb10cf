"""schema.json holds the table, its labels and its fingerprint."""

from pathlib import Path

import pytest

from artifacts import require_strict
from support import experiment
from taskfusion.base.errors import RunError
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.data.prepared import Fingerprint
from taskfusion.run.record.schema import RunSchema
from taskfusion.schema.statistics import LabelStatistics

SCHEMA = RunSchema(
    table=experiment().table_schema,
    labels=(LabelStatistics("reaction", 9, 8, 1 / 3, 2.0, (0.25, 0.75)),),
    fingerprint=Fingerprint({"item_id": "a"}, {"train": 9}, {"train": "b"}),
)


def test_anything_else_is_refused_in_every_place(tmp_path: Path) -> None:
    require_strict(tmp_path / "schema.json", SCHEMA)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_artifact(tmp_path / "schema.json", SCHEMA)
    assert read_artifact(tmp_path / "schema.json", RunSchema) == SCHEMA


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"known": 8', '"known": "8"', r"labels\.0"),
        ('"rows": 9', '"row": 9', r"labels\.0"),
        ('"train": 9', '"train": 9.5', "rows"),
    ],
)
def test_anything_else_is_refused_by_key(old: str, new: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    write_artifact(path, SCHEMA)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RunError, match=rf"schema\.json.*{words}"):
        read_artifact(path, RunSchema)
