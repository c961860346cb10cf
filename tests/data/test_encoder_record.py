"""encoder.json says what was learned, names files beside it alone, and nothing else passes for it."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from support import FEATURES, experiment, log_table
from taskfusion.base.record import read_artifact
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.encoder_record import EncoderRecord, SavedHashing, SavedVocabulary

RICH: list[dict[str, Any]] = [
    {**FEATURES[0], "hash_buckets": 7},
    {**FEATURES[1], "frequency": True},
    {**FEATURES[2], "transform": "quantile"},
    *FEATURES[3:],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("encoder")
    FeatureEncoder.fit(log_table(300).lazy(), experiment(features=RICH).features).save(path)
    return path


def test_it_names_every_table_and_number_and_the_files_that_are_there(folder: Path) -> None:
    record = read_artifact(folder / "encoder.json", EncoderRecord)
    assert record.features == experiment(features=RICH).features
    assert set(record.tables) == {"user_id", "item_id", "tags"}  # history has the table of item_id
    assert set(record.numeric) == {"age"}
    assert isinstance(record.tables["user_id"], SavedHashing)
    saved = [table for table in record.tables.values() if isinstance(table, SavedVocabulary)]
    named = {table.file for table in saved} | {table.frequency for table in saved if table.frequency is not None}
    assert named | {"encoder.json"} == {path.name for path in folder.iterdir()}
    assert record.numeric["age"].marks_missing  # a twentieth of the ages is missing
    quantiles = record.numeric["age"].quantiles
    assert list(quantiles) == sorted(quantiles)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("tables", "item_id", "file"), "../vocabulary_0.parquet"),
        (("tables", "item_id", "file"), "/etc/vocabulary_0.parquet"),
        (("tables", "item_id", "frequency"), "x.parquet"),
        (("tables", "item_id", "kind"), "list"),
        (("tables", "user_id", "num_buckets"), 0),
        (("tables", "user_id", "num_buckets"), "7"),
        (("tables", "user_id", "keys"), "float"),
        (("tables", "user_id", "frequency"), "frequency_0.parquet"),
        (("numeric", "age", "std"), "nan"),
        (("numeric", "age", "marks_missing"), 1),
        (("numeric", "age", "more"), 1),
        (("features",), [{"name": "a", "kind": "other"}]),
    ],
    ids=str,
)
def test_what_no_encoder_has_is_refused(folder: Path, place: tuple[str, ...], value: object) -> None:
    content = json.loads((folder / "encoder.json").read_text())
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(ValidationError, match=place[-1]):
        EncoderRecord.model_validate_json(json.dumps(content))
